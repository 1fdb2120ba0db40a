/** Shows the document of one asset. */
import { bytes, count, counted, duration, moment } from '../../report/layout/format-numbers.ts'
import type {
  AssetDocument,
  CheckDocument,
  ColumnDocument,
  ColumnUse,
  DriftDocument,
  PartitionsDocument,
  RejectsDocument,
  VersionDocument,
} from '../catalog-document.ts'
import { el, table } from './elements.ts'

/** Maximum number of columns in one cell. */
const MAX_USES = 8
/** Maximum number of results of one check. */
const MAX_RESULTS = 30

/** `plots` is filled once it is in the page. */
export function assetPage(asset: AssetDocument, plots: HTMLElement): HTMLElement {
  const { columns, rowsDependOn, checks, versions, partitions, rejects, drift, sql } = asset
  return el(
    'article',
    {},
    ...head(asset),
    section('Columns', columnTable(columns), rowsDependOn.length > 0 && rowUses(rowsDependOn)),
    section('Checks', checks.length > 0 ? checkTable(checks) : el('p', {}, 'No checks are declared.')),
    versions.length > 0 && section('Versions', plots, versionTable(versions)),
    partitions && section('Partitions', ...partitionTable(partitions)),
    rejects && section('Refused lines', ...rejectList(rejects)),
    drift && drift.unknown.length + drift.absent.length > 0 && section('Drift', ...driftTables(drift)),
    sql.length > 0 && section('SQL', ...sql.map(({ engine, text }) => sqlText(engine, text))),
  )
}

/** Formats a figure that can be unknown. */
const orNothing = (value: number | null, format: (value: number) => string): string =>
  value === null ? '' : format(value)

const atTime = (iso: string): string => moment(new Date(iso))

const section = (title: string, ...content: readonly (Node | false)[]): HTMLElement =>
  el('section', {}, el('h2', {}, title), ...content)

function head(asset: AssetDocument): readonly Node[] {
  const { key, kind, description, owner, group, tags, file, facts, upstream, downstream, state } = asset
  const rows: readonly (readonly [string, string | Node | null])[] = [
    ['state', stateText(asset)],
    ['rows from code', state.read.join(', ')],
    ['owner', owner],
    ['group', group],
    ['tags', tags.join(', ')],
    ['made', facts.join(', ')],
    ['declared in', file],
    ['reads', links(upstream)],
    ['read by', links(downstream)],
  ]
  const terms = rows.flatMap(([term, value]) => (value ? [el('dt', {}, term), el('dd', {}, value)] : []))
  const notes = [
    ...state.causes.map((message) => el('p', { class: 'note stale' }, `Why: ${message}`)),
    ...state.warnings.map((message) => el('p', { class: 'note stale' }, message)),
    ...(state.failure
      ? [el('pre', { class: 'note failed' }, `Failed ${atTime(state.failure.at)}: ${state.failure.message}`)]
      : []),
  ]
  return [
    el(
      'h1',
      { tabindex: -1 },
      key,
      ' ',
      el('span', { class: `badge ${state.state}` }, state.state),
      ' ',
      el('small', {}, kind),
    ),
    el('p', { class: description === null ? 'quiet' : null }, description ?? 'No description.'),
    ...notes,
    el('dl', {}, ...terms),
  ]
}

function stateText({ state }: AssetDocument): string {
  const { version, rows, bytes: size, materializedAt } = state
  if (version === null || materializedAt === null) return 'never materialized'
  const parts = [
    rows === null ? '' : counted(rows, 'row'),
    orNothing(size, bytes),
    `version ${version}`,
    `${atTime(materializedAt)} UTC`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function links(keys: readonly string[]): Node | null {
  if (keys.length === 0) return null
  return el('span', {}, ...keys.flatMap((key, index) => [index > 0 ? ', ' : '', el('a', { href: `#/${key}` }, key)]))
}

/** The id of a column's row on the page. */
export const columnId = (column: string): string => `column-${column}`

function columnTable(columns: readonly ColumnDocument[]): HTMLElement {
  const rows = columns.map(({ name, type, marks, description, from, to }) => [
    el(
      'span',
      {},
      el('b', { id: columnId(name), tabindex: -1 }, name),
      el('small', {}, ...(marks.length > 0 ? [marks.join(', ')] : [])),
    ),
    el('code', {}, type),
    description ?? '',
    uses(from),
    uses(to),
  ])
  return table('Columns', ['column', 'type', 'description', 'comes from', 'goes to'], rows)
}

function uses(all: readonly ColumnUse[]): Node | string {
  if (all.length === 0) return ''
  const items = all.map((use) => el('li', {}, useLink(use)))
  if (items.length <= MAX_USES) return el('ul', {}, ...items)
  return el('details', {}, el('summary', {}, `${all.length} columns`), el('ul', {}, ...items))
}

function useLink({ asset, column, how }: ColumnUse): Node {
  const ways = how.filter((way) => way !== 'identity')
  const link = el('a', { href: `#/${asset}/${column}` }, `${asset}.${column}`)
  return ways.length === 0 ? link : el('span', {}, link, ' ', el('small', {}, ways.join(', ')))
}

const rowUses = (all: readonly ColumnUse[]): HTMLElement =>
  el(
    'details',
    {},
    el('summary', {}, 'Columns that decide which rows it has'),
    el('ul', { class: 'uses' }, ...all.map((use) => el('li', {}, useLink(use)))),
  )

function checkTable(checks: readonly CheckDocument[]): HTMLElement {
  const rows = checks.map(({ check, state, results }) => [
    el('span', { class: `badge ${BADGES[state]}` }, state),
    check,
    el('span', { class: 'results' }, ...results.slice(-MAX_RESULTS).map(resultMark)),
  ])
  return table('Checks', ['now', 'check', 'results, oldest first'], rows)
}

const BADGES = { passed: 'fresh', warned: 'stale', failed: 'failed', 'not run': 'missing' } as const

/** A sign, with words as its tooltip and for screen readers. */
function resultMark({ at, version, state, rows }: CheckDocument['results'][number]): Node {
  const where = version === null ? 'run that published nothing' : `version ${version}`
  const words = `${state} in ${where}, ${atTime(at)}${rows > 0 ? `: ${counted(rows, 'row')}` : ''}`
  return el('span', { class: `result ${BADGES[state]}`, role: 'img', 'aria-label': words, title: words }, SIGNS[state])
}

const SIGNS = { passed: '✓', warned: '!', failed: '✗', 'not run': '·' } as const

function versionTable(versions: readonly VersionDocument[]): HTMLElement {
  const rows = versions
    .toReversed()
    .map((one) => [
      String(one.version),
      atTime(one.at),
      one.operation,
      orNothing(one.rows, count),
      orNothing(one.rowsAdded, count),
      orNothing(one.rowsRemoved, count),
      orNothing(one.bytes, bytes),
      orNothing(one.durationMs, duration),
      one.engine ?? '',
      one.runId ?? '',
    ])
  const titles = ['version', 'published', 'operation', 'rows', 'added', 'removed', 'size', 'duration', 'engine', 'run']
  const made = table('Versions', titles, rows)
  return el('details', { open: versions.length < 6 }, el('summary', {}, counted(versions.length, 'version')), made)
}

function partitionTable({ columns, total, shown }: PartitionsDocument): readonly HTMLElement[] {
  const rows = shown.map(({ values, files, rows, bytes: size }) => [
    ...values.map((value) => value ?? 'null'),
    orNothing(rows, count),
    count(files),
    orNothing(size, bytes),
  ])
  const made = table('Partitions', [...columns, 'rows', 'files', 'size'], rows)
  const words =
    shown.length < total
      ? `The last ${count(shown.length)} of ${counted(total, 'partition')}`
      : counted(total, 'partition')
  return [el('details', { open: total <= 12 }, el('summary', {}, words), made)]
}

function rejectList({ total, failedAt, samples }: RejectsDocument): readonly HTMLElement[] {
  const read = failedAt === null ? '' : ` by the read that failed ${atTime(failedAt)} and published nothing`
  const shown = samples.length > 0 && samples.length < total ? `, the first ${samples.length} below` : ''
  const items = samples.map(({ place, reason, text }) =>
    el('li', {}, el('b', {}, place), ' ', reason, el('pre', {}, text)),
  )
  return [el('p', {}, `${counted(total, 'line')} refused${read}${shown}.`), el('ul', { class: 'rejects' }, ...items)]
}

function driftTables({ rows, unknown, more, absent }: DriftDocument): readonly HTMLElement[] {
  const found = unknown.map((one) => [
    one.key,
    orNothing(one.rows, count),
    `${((100 * one.rows) / Math.max(1, rows)).toFixed(1)} %`,
    one.example ?? '',
    one.file,
    one.like === null ? '' : `like ${one.like}`,
  ])
  const titles = ['key', 'rows', 'share', 'example', 'first file', 'note']
  return [
    ...(unknown.length > 0
      ? [el('p', {}, 'Keys that no column takes:'), table('Keys that no column takes', titles, found)]
      : []),
    ...(more > 0 ? [el('p', {}, `And ${counted(more, 'more key')}.`)] : []),
    ...(absent.length > 0 ? [el('p', {}, `Columns whose key no row has: ${absent.join(', ')}`)] : []),
  ]
}

const sqlText = (engine: string, text: string): HTMLElement =>
  el('details', {}, el('summary', {}, engine), el('pre', { tabindex: 0 }, text))
