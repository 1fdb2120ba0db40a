/** Prints one asset: its declaration, its state and its last versions. */
import { typeName } from '../../declare/columns.ts'
import type { Source } from '../../declare/definition.ts'
import { formatWords } from '../../declare/reading/value-format.ts'
import { writtenPlace } from '../../declare/reading/value-place.ts'
import type { RowsFromCode } from '../../declare/rows/rows-from-code.ts'
import type { HistoryEntry } from '../../delta/history.ts'
import type { AssetGraph } from '../../graph/asset-graph.ts'
import { describeChecks } from '../../graph/describe-checks.ts'
import { type ResolvedAsset, usesRawSql } from '../../graph/resolved-asset.ts'
import { printable, printableLine } from '../../text/printable.ts'
import { wrap } from '../layout/display-width.ts'
import { age, count, counted, moment } from '../layout/format-numbers.ts'
import type { Page } from '../layout/page.ts'
import { type TextColumn, tableLines } from '../layout/text-table.ts'
import { indented } from '../run/run-text.ts'
import type { AssetStatus } from '../status.ts'
import { checkLines, overdueLines, STATE_TONES } from '../status-text.ts'
import { historyLines } from './history-text.ts'

interface AssetPage {
  readonly graph: AssetGraph
  readonly status: AssetStatus
  /** The file that declares the asset, relative to the current directory. */
  readonly file?: string | undefined
  /** The last versions, newest first. */
  readonly history: readonly HistoryEntry[]
}

export function showText({ graph, status, file, history }: AssetPage, page: Page): string {
  const asset = graph.get(status.key)
  const section = (title: string, lines: readonly string[]) =>
    lines.length > 0 ? ['', page.paint(title, 'strong'), ...lines.map((line) => `  ${line}`)] : []
  const inner: Page = { ...page, width: page.width - 2 }
  return [
    ...headLines(asset, file, page),
    ...section('state', stateLines(status, inner)),
    ...section('columns', columnLines(asset, inner)),
    ...section('unknown keys', unknownKeyLines(status, inner)),
    ...section('keys of columns that no row has', absentLines(status)),
    ...section('upstream', upstreamLines(asset, graph, inner)),
    ...section('downstream', graph.downstream(asset.key)),
    ...section(
      'checks',
      describeChecks(asset).flatMap((check) => wrap(check, inner.width)),
    ),
    ...section('last versions', history.length > 0 ? historyLines(history, inner) : []),
  ].join('\n')
}

function headLines(asset: ResolvedAsset, file: string | undefined, { width, paint }: Page): readonly string[] {
  const { key, kind, declared } = asset
  const facts = [
    ...declaredFacts(asset),
    ...(declared.group === undefined ? [] : [`group ${printable(declared.group)}`]),
    ...(declared.owner === undefined ? [] : [`owner ${printable(declared.owner)}`]),
    ...(declared.tags.length > 0 ? [`tagged ${declared.tags.join(', ')}`] : []),
    ...(file === undefined ? [] : [`declared in ${printable(file)}`]),
  ]
  return [
    `${paint(key, 'strong')}  ${[kind, ...facts].join(', ')}`,
    ...(declared.description === undefined ? [] : wrap(printable(declared.description), width)),
  ]
}

/** `rows from code, upserted by id, read every 15m` */
function describeRows({ mode, primaryKey, every, version }: RowsFromCode): string {
  const what = { append: 'appended', replace: 'replaced', upsert: `upserted by ${primaryKey.join(', ')}` }[mode]
  const due = [
    ...(every === undefined ? [] : [`every ${every}`]),
    ...(version === undefined ? [] : ['when its version changes']),
  ]
  return `rows from code, ${what}, read ${due.length > 0 ? due.join(' and ') : 'on demand'}`
}

function tableLine({ version, read }: NonNullable<AssetStatus['deltaTable']>): string {
  const rows = read === null ? '' : read === version ? ', which was read' : `; version ${count(read)} was read`
  return `the Delta table has version ${count(version)}${rows}`
}

const describeFiles = ({ format, pattern }: Source): string =>
  format.kind === 'delta' ? 'rows of a Delta table' : `files ${pattern}`

/**
 * Describes how far the rows of a source were read from code or a Delta table. `samples`: whether
 * the cursor is shown.
 */
export function readLines(
  { rowsFromCode, deltaTable }: Pick<AssetStatus, 'rowsFromCode' | 'deltaTable'>,
  samples = true,
): readonly string[] {
  if (deltaTable) return [tableLine(deltaTable)]
  if (!rowsFromCode) return []
  const { readAt, complete, cursor } = rowsFromCode
  return [
    `last read at ${readAt}${complete ? '' : ', not to its end'}`,
    ...(cursor === undefined || !samples ? [] : [`cursor ${printableLine(JSON.stringify(cursor))}`]),
  ]
}

/** Says how the table is made: `partitioned by day`, `incremental by customer`. */
export function declaredFacts(asset: ResolvedAsset): readonly string[] {
  const { declared, partitionBy } = asset
  return [
    ...(declared.kind === 'source' ? [declared.rows ? describeRows(declared.rows) : describeFiles(declared)] : []),
    ...(partitionBy.length > 0 ? [`partitioned by ${partitionBy.join(', ')}`] : []),
    ...describeIncremental(asset),
    ...(usesRawSql(asset) ? ['with raw SQL'] : []),
  ]
}

function describeIncremental(asset: ResolvedAsset): readonly string[] {
  if (asset.kind === 'source' || !asset.incremental) return []
  const { incremental } = asset
  if (incremental.kind === 'refused')
    return [`rebuilt in full (changes cannot be followed through ${incremental.reason})`]
  if (asset.oneRow) return ['one row']
  return [`incremental by ${incremental.mode === 'keys' ? incremental.byColumns.join(', ') : 'partition'}`]
}

function stateLines(status: AssetStatus, { width, paint, now }: Page): readonly string[] {
  const { state, version, rows, partitions, rejected, materializedAt } = status
  const facts = [
    ...(version === null ? [] : [`version ${count(version)}`]),
    ...(rows === null ? [] : [counted(rows, 'row')]),
    ...(partitions === null ? [] : [counted(partitions, 'partition')]),
    ...(rejected ? [`${counted(rejected, 'line')} refused`] : []),
    ...(materializedAt === null ? [] : [`built ${age(new Date(materializedAt), now)}`]),
  ]
  const causes = status.causes.flatMap(({ message }) => wrap(`why: ${printable(message)}`, width))
  const warnings = (status.warnings ?? []).flatMap((message) => wrap(`note: ${printable(message)}`, width))
  const failure = status.failure ? ['failed:', ...indented(status.failure.error.message)] : []
  const checks = checkLines(status).flatMap((line) => wrap(printable(line), width))
  const read = readLines(status).flatMap((line) => wrap(line, width))
  const freshness = freshnessLines(status, now).flatMap((line) => wrap(line, width))
  const first = [paint(state, STATE_TONES[state]), ...facts].join(', ')
  return [first, ...read, ...freshness, ...causes, ...checks, ...warnings, ...failure]
}

/** Says when the asset becomes overdue, or that it is. */
function freshnessLines(status: AssetStatus, now: Date): readonly string[] {
  const { within, dueAt, overdue } = status.freshness ?? {}
  if (overdue || !dueAt) return overdueLines(status, now)
  return [`expected: a new version within ${within}, so before ${moment(new Date(dueAt))} UTC`]
}

const COLUMNS: readonly TextColumn[] = [
  { title: 'column' },
  { title: 'type' },
  { title: '' },
  { title: '', optional: true },
]

export function columnLines({ columns, primaryKey, partitionBy }: ResolvedAsset, page: Page): readonly string[] {
  const rows = columns.map(({ name, type, nullable, place, format, description = '' }) => {
    const marks = [
      ...(place ? [`from ${printableLine(writtenPlace(place))}`] : []),
      ...(format ? [formatWords(format)] : []),
      ...(nullable ? ['nullable'] : []),
      ...(primaryKey.includes(name) ? ['key'] : []),
      ...(partitionBy.includes(name) ? ['partition'] : []),
    ]
    const kind = type.kind === 'text' ? 'text' : typeName(type)
    return [name, kind, { text: marks.join(', '), tone: 'dim' } as const, printable(description)]
  })
  return tableLines(COLUMNS, rows, page)
}

const UNKNOWN_KEYS: readonly TextColumn[] = [
  { title: 'key', shrinks: true },
  { title: 'rows', align: 'right' },
  { title: 'share', align: 'right' },
  { title: 'example', shrinks: true },
  { title: 'first file', shrinks: true },
  { title: '', optional: true },
]

export function unknownKeyLines({ drift }: Pick<AssetStatus, 'drift'>, page: Page): readonly string[] {
  if (!drift || drift.unknown.length + drift.more === 0) return []
  const rows = drift.unknown.map(({ key, rows, example, file, like }) => [
    printableLine(key),
    count(rows),
    `${((100 * rows) / drift.rows).toFixed(1)} %`,
    printableLine(example),
    printableLine(file),
    like === undefined ? '' : `like ${printableLine(like)}`,
  ])
  const others = drift.unnamed > 0 ? [`and ${counted(drift.unnamed, 'more key')}`] : []
  const long = drift.more > 0 ? [`and others, in at most ${counted(drift.more, 'row')}`] : []
  return [...tableLines(UNKNOWN_KEYS, rows, page), ...others, ...long]
}

export const absentLines = ({ drift }: Pick<AssetStatus, 'drift'>): readonly string[] =>
  (drift?.absent ?? []).map(({ column, since }) =>
    since === 'always' ? column : `${column}: in none of the files that were read last`,
  )

export function upstreamLines(asset: ResolvedAsset, graph: AssetGraph, page: Page): readonly string[] {
  const uses = asset.kind === 'table' ? asset.upstream : []
  const rows = graph.upstream(asset.key).map((key) => {
    const columns = uses.filter((use) => use.key === key).flatMap((use) => use.columns)
    const read = uses.some((use) => use.key === key)
    return [key, read ? `reads ${[...new Set(columns)].join(', ') || 'no column'}` : 'only for a check']
  })
  if (rows.length === 0) return []
  const [, ...lines] = tableLines([{ title: '' }, { title: '' }], rows, page, 'wrap')
  return lines
}
