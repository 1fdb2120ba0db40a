/** Draws all facts about the selected asset, in sections. */
import { describeChecks } from '../../../graph/describe-checks.ts'
import type { ResolvedAsset } from '../../../graph/resolved-asset.ts'
import { cut, wrap } from '../../../report/layout/display-width.ts'
import { age, count, counted } from '../../../report/layout/format-numbers.ts'
import { overdueLines } from '../../../report/status-text.ts'
import type { AssetFacts } from '../../../report/tables/asset-facts.ts'
import {
  absentLines,
  columnLines,
  readLines,
  unknownKeyLines,
  upstreamLines,
} from '../../../report/tables/show-text.ts'
import { printable, printableLine } from '../../../text/printable.ts'
import { cutPainted, type Flowed, flowed } from '../../columns-of-lines.ts'
import type { Frame } from '../../frame.ts'
import { describeStep } from '../../progress.ts'
import { LIVE_TONES, type LiveAsset, liveAsset, liveRuns } from '../model/live-assets.ts'
import { type StatusModel, selectedStatus } from '../model/status-model.ts'
import { partitionLines, versionLines } from './versions.ts'

/** Minimum width of a column of sections, in cells. */
const LEAST_COLUMN = 56

/** Flows the sections through as many columns as they need. */
export function detailLines(model: StatusModel, frame: Frame): Flowed {
  const status = selectedStatus(model)
  const { reading, scroll, facts } = model
  if (!status || !reading || frame.height === 0) return { lines: [], most: 0 }
  const asset = liveAsset(status, liveRuns(model))
  const declared = reading.graph.has(status.key) ? reading.graph.get(status.key) : undefined
  const shown: Shown = {
    asset,
    declared,
    facts: facts?.key === status.key ? facts : undefined,
    upstream: (page) => (declared ? upstreamLines(declared, reading.graph, page) : []),
    downstream: declared ? reading.graph.downstream(status.key) : [],
  }
  return flowed((width) => sectionLines(shown, { ...frame, width }), {
    ...{ width: frame.width, height: frame.height, least: LEAST_COLUMN, scroll },
  })
}

interface Shown {
  readonly asset: LiveAsset
  readonly declared: ResolvedAsset | undefined
  /** undefined until they are read. */
  readonly facts: AssetFacts | undefined
  readonly upstream: (page: Frame) => readonly string[]
  readonly downstream: readonly string[]
}

const INDENT = 2

function sectionLines(shown: Shown, frame: Frame): readonly string[] {
  const { asset, declared, facts, upstream, downstream } = shown
  const inner = { ...frame, width: frame.width - INDENT }
  const { width, paint } = inner
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', paint(title, 'strong'), ...lines.map((line) => ' '.repeat(INDENT) + line)]
  const wrapped = (texts: readonly string[]) => texts.flatMap((text) => wrap(printable(text), width))
  const lines = [
    ...titleLines(asset, declared, frame),
    ...section('at work', workLines(asset, inner)),
    ...section('failed', failureLines(asset, inner)),
    ...section(
      asset.state === 'missing' ? 'why missing' : 'why stale',
      wrapped(asset.causes.map(({ message }) => message)),
    ),
    ...section('rows from code', wrapped(readLines(asset))),
    ...section('overdue', wrapped(overdueLines(asset, frame.now))),
    ...section('notes', wrapped([...(asset.warnings ?? []), ...(facts?.problems ?? [])])),
    ...section('checks', declared ? checkResults(asset, declared, inner) : []),
    ...section('versions', facts ? versionLines(facts.versions, inner) : []),
    ...section('partitions', facts ? partitionLines(facts.partitions, inner) : []),
    ...section(rejectsTitle(asset), facts ? rejectLines(facts, inner) : []),
    ...section('unknown keys', unknownKeyLines(asset, inner)),
    ...section('keys of columns that no row has', absentLines(asset)),
    ...section('columns', declared ? columnLines(declared, inner).map((line) => line.trimEnd()) : []),
    ...section('reads', upstream(inner)),
    ...section('read by', wrapped(downstream.length > 0 ? [downstream.join(', ')] : [])),
    ...section(
      'query',
      (facts?.sql ?? []).flatMap((line) => wrap(printableLine(line), width)),
    ),
  ]
  return lines.map((line) => cutPainted(line, frame.width))
}

function titleLines(asset: LiveAsset, declared: ResolvedAsset | undefined, frame: Frame): readonly string[] {
  const { key, kind, state, version, rows, partitions, rejected, materializedAt, runId } = asset
  const { width, paint, now } = frame
  const facts = [
    ...(version === null ? [] : [`version ${count(version)}`]),
    ...(rows === null ? [] : [counted(rows, 'row')]),
    ...(partitions === null || partitions < 2 ? [] : [counted(partitions, 'partition')]),
    ...(rejected ? [`${counted(rejected, 'line')} refused`] : []),
    ...(materializedAt === null ? [] : [`built ${age(new Date(materializedAt), now)}`]),
    ...(runId === null || runId === '' ? [] : [`run ${runId}`]),
    ...(declared?.declared.owner === undefined ? [] : [`owner ${declared.declared.owner}`]),
    ...(declared && declared.declared.tags.length > 0 ? [`tagged ${declared.declared.tags.join(', ')}`] : []),
  ]
  const [first = '', ...others] = wrap(printableLine(`${key}  ${[kind, state, ...facts].join(', ')}`), width)
  const rest = first.slice(key.length).replace(state, paint(state, LIVE_TONES[state]))
  const description = declared?.declared.description
  return [
    paint(first.slice(0, key.length), 'strong') + rest,
    ...others,
    ...(description === undefined ? [] : wrap(printable(description), width).map((line) => paint(line, 'dim'))),
  ]
}

function workLines({ step, state, job, run }: LiveAsset, { width, now, paint }: Frame): readonly string[] {
  if (state !== 'running' && state !== 'waiting') return []
  const lines = [
    ...(step ? [describeStep(step, now)] : []),
    ...(step?.retry ? [`after: ${step.retry.message}`] : []),
    ...(job ? [`job ${job.where}`] : []),
    ...(run?.cost == null ? [] : [`cost ${run.cost} so far`]),
  ]
  return lines.flatMap((line) => wrap(printable(line), width)).map((line) => paint(line, 'busy'))
}

function failureLines(
  { failure }: LiveAsset,
  { width, paint, now, suggest = (text) => text }: Frame,
): readonly string[] {
  if (!failure) return []
  const { message, remedy } = failure.error
  const when = failure.runId === '' ? [] : [`${age(new Date(failure.at), now)}, run ${failure.runId}`]
  const texts = [message, ...(remedy === undefined || message.includes(remedy) ? [] : [remedy])]
  return [
    ...texts.flatMap((text) => wrap(printable(suggest(text)), width)).map((line) => paint(line, 'bad')),
    ...when.map((line) => paint(cut(line, width), 'dim')),
  ]
}

/**
 * Each check with its result for the current rows: passed, failed with the number of rows, or not
 * yet run.
 */
function checkResults(asset: LiveAsset, declared: ResolvedAsset, { width, paint }: Frame): readonly string[] {
  const failed = new Map(asset.checks.map((check) => [check.check, check]))
  const unchecked = new Set(asset.unchecked)
  const described = [...new Set([...describeChecks(declared), ...failed.keys()])]
  return described.flatMap((check) => {
    const result = failed.get(check) ?? [...failed.values()].find(({ check: name }) => check.startsWith(name))
    const isOpen = asset.version === null || unchecked.has(check)
    const mark = result ? paint('✗', result.severity === 'error' ? 'bad' : 'warn') : isOpen ? '·' : paint('✓', 'good')
    const why = result?.explanation ?? (result ? `fails for ${counted(result.rows, 'row')}` : '')
    const text = printable(
      `${check}${why === '' ? (isOpen && asset.version !== null ? ', not checked yet' : '') : `: ${why}`}`,
    )
    return wrap(text, width - 2).map((line, index) => `${index === 0 ? mark : ' '} ${line}`)
  })
}

const rejectsTitle = ({ rejected, failure }: LiveAsset): string =>
  failure?.error.code === 'source-broken'
    ? 'lines refused by the read that failed'
    : `refused lines (${count(rejected ?? 0)})`

/** Each refused line: its file and number, the reason, and the line below. */
function rejectLines({ rejects }: AssetFacts, { width, paint }: Frame): readonly string[] {
  return rejects.flatMap(({ place, reason, text }) => [
    cut(printableLine(place), width),
    paint(cut(`  ${printableLine(reason)}`, width), 'warn'),
    ...(text === null ? [] : [paint(cut(`  ${printableLine(text)}`, width), 'dim')]),
  ])
}
