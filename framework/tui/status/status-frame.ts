/** Draws the status screen in the lines of a terminal. */
import type { AssetGraph } from '../../graph/asset-graph.ts'
import { assetDepths } from '../../report/graph-text.ts'
import { cellsOf, cut, wrap } from '../../report/layout/display-width.ts'
import { age, count, counted, moment, until } from '../../report/layout/format-numbers.ts'
import type { Tone } from '../../report/layout/page.ts'
import { headerLine, layOut, rowLine, type TableLayout, type TextRow } from '../../report/layout/text-table.ts'
import type { AssetState, AssetStatus, StatusReport } from '../../report/status.ts'
import {
  checkLines,
  STATE_TONES,
  STATUS_COLUMNS,
  stateCounts,
  statusRow,
  undeclaredLines,
} from '../../report/status-text.ts'
import { printable } from '../../text/printable.ts'
import type { Frame } from '../frame.ts'
import { type StatusModel, shownAssets } from './status-model.ts'

/** The next run of a schedule. */
export interface NextRefresh {
  readonly name: string
  readonly at: Date
}

/**
 * The layout of the list for a report and a width, so that columns do not move while the user
 * scrolls.
 */
export interface StatusList {
  readonly layout: TableLayout
  readonly depths: ReadonlyMap<string, number>
}

export interface StatusDrawing {
  readonly model: StatusModel
  readonly list: StatusList
  readonly graph: AssetGraph
  readonly nextRefresh: NextRefresh | undefined
}

const MARGIN = 4
/** The lines above the list, without the line about undeclared tables. */
const HEAD_LINES = 4
const FOOT_LINES = 2
const DETAILS_FROM_HEIGHT = 16

export function layOutStatus(report: StatusReport | undefined, graph: AssetGraph, frame: Frame): StatusList {
  const depths = assetDepths(graph)
  const rows = (report?.assets ?? []).map((asset) => listRow(asset, indentOf(depths, asset.key), frame.now))
  // Ages grow between two readings, so their column has room for longer ones.
  const ages: TextRow = ['', '', '', '', '', '', '59 min', '']
  return { depths, layout: layOut(STATUS_COLUMNS, [...rows, ages], frame.width - MARGIN) }
}

interface PaneHeights {
  readonly list: number
  readonly details: number
}

/** Divides the lines between the list and the details, which get what the list does not need. */
export function paneHeights(height: number, report: StatusReport | undefined): PaneHeights {
  const assets = report?.assets.length ?? 0
  const head = HEAD_LINES + (report ? undeclaredLines(report).length : 0)
  const body = Math.max(1, height - head - FOOT_LINES)
  const least = height < DETAILS_FROM_HEIGHT ? 0 : Math.floor(body / 3)
  const list = least === 0 ? body : Math.min(Math.max(1, assets), body - least)
  return { list, details: body - list }
}

/** Returns exactly as many lines as the frame is high. */
export function statusFrame(drawing: StatusDrawing, frame: Frame): readonly string[] {
  const { model } = drawing
  const panes = paneHeights(frame.height, model.report)
  const assets = shownAssets(model)
  const lines = [
    ...headLines(drawing, frame),
    ...filled(listLines(assets, drawing, { ...frame, height: panes.list }), panes.list),
    ruleLine(assets, model, frame),
    ...filled(detailLines(assets, drawing, { ...frame, height: panes.details }), panes.details),
    footLine(model, frame),
  ]
  return lines.slice(0, frame.height)
}

const filled = (lines: readonly string[], height: number): readonly string[] =>
  Array.from({ length: height }, (_, index) => lines[index] ?? '')

function headLines({ model, list, nextRefresh }: StatusDrawing, frame: Frame): readonly string[] {
  const { width, paint, now, suggest = (text) => text } = frame
  const { report, readAt, reading, problem } = model
  const read = readAt && now.getTime() - readAt.getTime() >= 1000 ? `read ${age(readAt, now)}` : ''
  const next = report ? describeRefresh(report, nextRefresh, now) : ''
  return [
    apart({ text: report?.lake ?? 'lake', tone: 'strong' }, { text: reading ? 'reading' : read, tone: 'dim' }, frame),
    cut(report ? stateCounts(report) : 'reading the lake', width),
    ...(report ? undeclaredLines(report) : []).map((line) => paint(cut(suggest(line), width), 'warn')),
    problem === undefined
      ? paint(cut(next, width), 'dim')
      : paint(cut(`reading again failed: ${printable(problem).replaceAll('\n', ' ')}`, width), 'bad'),
    report ? ' '.repeat(MARGIN) + headerLine(list.layout, paint) : '',
  ]
}

/** Says if no scheduler is running, because then nothing runs a refresh that is due. */
function describeRefresh({ scheduler }: StatusReport, next: NextRefresh | undefined, now: Date): string {
  if (!next) return 'no refresh is scheduled'
  const due = until(next.at, now)
  return scheduler ? `next refresh ${due}: ${next.name}` : `no scheduler is running; ${next.name} is due ${due}`
}

interface Painted {
  readonly text: string
  readonly tone: Tone
}

/**
 * Puts one text at the left end of a line and one at the right end. Cuts the left one if both do
 * not fit.
 */
function apart(left: Painted, right: Painted, { width, paint }: Frame): string {
  const shown = cut(left.text, Math.max(8, width - cellsOf(right.text) - 2))
  const space = Math.max(2, width - cellsOf(shown) - cellsOf(right.text))
  return paint(shown, left.tone) + ' '.repeat(space) + paint(right.text, right.tone)
}

function listRow(asset: AssetStatus, indent: number, now: Date): TextRow {
  const [, ...others] = statusRow(asset, now)
  return [' '.repeat(indent) + asset.key, ...others]
}

const indentOf = (depths: StatusList['depths'], key: string): number => 2 * Math.min(depths.get(key) ?? 0, 6)

const MARKS: Readonly<Record<AssetState, string>> = { fresh: '✓', stale: '~', missing: '·', failed: '✗', running: '▸' }

function listLines(
  assets: readonly AssetStatus[],
  { model, list, graph }: StatusDrawing,
  { height, paint, now }: Frame,
): readonly string[] {
  if (model.report && assets.length === 0) return [`    ${nothingShown(model)}`]
  const { selected } = model
  const position = Math.max(
    0,
    assets.findIndex(({ key }) => key === selected),
  )
  const upstream = new Set(selected === undefined ? [] : graph.upstream(selected))
  const downstream = new Set(selected === undefined ? [] : graph.downstream(selected))
  const relation = (key: string) => {
    if (key === selected) return paint('❯', 'strong')
    if (upstream.has(key)) return paint('↑', 'busy')
    return downstream.has(key) ? paint('↓', 'busy') : ' '
  }
  return assets
    .slice(firstShown(position, assets.length, height))
    .slice(0, height)
    .map((asset) => {
      // The key has priority over its indentation. A filtered list has none, because parents can be
      // hidden.
      const room = Math.max(0, (list.layout.columns[0]?.width ?? 0) - asset.key.length)
      const indent = model.filter === '' ? Math.min(room, indentOf(list.depths, asset.key)) : 0
      const [key = '', ...others] = listRow(asset, indent, now)
      const named = typeof key === 'string' && asset.key === selected ? { text: key, tone: 'strong' as const } : key
      const mark = paint(MARKS[asset.state], STATE_TONES[asset.state])
      return `${relation(asset.key)} ${mark} ${rowLine(list.layout, [named, ...others], paint)}`
    })
}

function nothingShown({ filter }: StatusModel): string {
  return filter === '' ? 'no assets are declared yet' : `no asset has "${filter}" in its key, kind or state`
}

/** Keeps the selected asset in the middle, except at the ends of the list. */
function firstShown(selected: number, length: number, height: number): number {
  return Math.max(0, Math.min(selected - Math.floor(height / 2), length - height))
}

function ruleLine(assets: readonly AssetStatus[], { selected, report }: StatusModel, { width, paint }: Frame): string {
  const index = assets.findIndex(({ key }) => key === selected)
  const position = index < 0 ? '' : ` ${count(index + 1)} of ${count(assets.length)} `
  const all = report?.assets.length ?? 0
  const filtered = assets.length < all ? `${position}(${count(all)} in all) ` : position
  return paint(`──${filtered}${'─'.repeat(Math.max(0, width - 2 - filtered.length))}`, 'dim')
}

const LABEL = 'read by  '.length

function detailLines(
  assets: readonly AssetStatus[],
  { model, graph }: StatusDrawing,
  { width, height, paint, suggest = (text) => text }: Frame,
): readonly string[] {
  const asset = assets.find(({ key }) => key === model.selected)
  if (!asset || height === 0) return []
  const { key, causes, warnings = [], failure, job } = asset
  const labelled = (label: string, text: string) =>
    wrap(text, width - LABEL).map((line, index) => paint((index === 0 ? label : '').padEnd(LABEL), 'dim') + line)
  const keys = (named: readonly string[]) => cut(named.join(', ') || 'nothing', width - LABEL)
  const failed = failure ? wrap(printable(suggest(failure.error.message)), width) : []
  const lines = [
    paint(key, 'strong') + cut(`  ${assetFacts(asset)}`, width - cellsOf(key)),
    ...(job ? labelled('job', job.where) : []),
    ...(job?.cost === undefined ? [] : labelled('cost', `${job.cost} so far`)),
    ...failed.map((line) => paint(line, 'bad')),
    ...causes.flatMap(({ message }, index) => labelled(index === 0 ? 'why' : '', printable(message))),
    ...checkLines(asset).flatMap((line, index) => labelled(index === 0 ? 'checks' : '', printable(line))),
    ...warnings.flatMap((message, index) => labelled(index === 0 ? 'note' : '', printable(message))),
    ...labelled('reads', keys(graph.upstream(key))),
    ...labelled('read by', keys(graph.downstream(key))),
  ]
  if (lines.length <= height) return lines
  const hidden = counted(lines.length - height + 1, 'more line')
  return [...lines.slice(0, height - 1), paint(cut(suggest(`${hidden}: lake show ${key}`), width), 'dim')]
}

function assetFacts({ kind, rejected, partitions, materializedAt, runId }: AssetStatus): string {
  const facts = [
    kind,
    ...(partitions === null ? [] : [counted(partitions, 'partition')]),
    ...(rejected ? [`${counted(rejected, 'line')} refused`] : []),
    ...(materializedAt === null ? [] : [`built ${moment(new Date(materializedAt))} UTC`]),
    ...(runId === null ? [] : [`run ${runId}`]),
  ]
  return facts.join(', ')
}

function footLine({ typing, filter }: StatusModel, { width, paint }: Frame): string {
  if (typing) return cut(`/${filter}▏  enter keeps the filter, escape removes it`, width)
  const filtered = filter === '' ? '/ filter' : `/ filter "${filter}", escape removes it`
  return paint(cut(`↑↓ move  ${filtered}  r read again  q leave`, width), 'dim')
}
