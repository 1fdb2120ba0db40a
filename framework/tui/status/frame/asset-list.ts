/** Draws the assets as a lineage of rails, with a table beside it. */
import type { AssetGraph } from '../../../graph/asset-graph.ts'
import { aligned, cellsOf, cut } from '../../../report/layout/display-width.ts'
import { count, duration } from '../../../report/layout/format-numbers.ts'
import type { Tone } from '../../../report/layout/page.ts'
import { reasonsOf } from '../../../report/status-text.ts'
import { firstLine, printableLine } from '../../../text/printable.ts'
import { hiddenLines, padded } from '../../columns-of-lines.ts'
import type { Frame } from '../../frame.ts'
import { describeStep } from '../../progress.ts'
import { layOutRails, type RailCell, type RailRow } from '../lineage/rails.ts'
import { LIVE_TONES, type LiveAsset, type LiveState, liveAsset, liveRuns } from '../model/live-assets.ts'
import type { StatusModel } from '../model/status-model.ts'
import { fittingColumns, type ListCell, type ListColumn, type ListedAsset } from './list-columns.ts'

export const MARKS: Readonly<Record<LiveState, string>> = {
  ...{ fresh: '✓', stale: '~', missing: '·', failed: '✗', running: '▸', waiting: '…' },
}

/** The cells before the rails: how the asset is related to the selected one. */
const MARGIN = 2
/** Maximum share of the width for rails. */
const RAILS_SHARE = 0.2
const MOST_RAILS = 8

interface Layout {
  readonly rows: ReadonlyMap<string, RailRow>
  readonly columns: readonly ListColumn[]
  /** The width of rails and key together. */
  readonly nameWidth: number
}

type Laid = Pick<StatusModel, 'reading' | 'shown'> & { readonly width: number; readonly layout: Layout }

let last: Laid | undefined

/**
 * The layout for a reading and a width, so that columns do not move while the user scrolls. The
 * last one is cached, because it takes a while to compute for thousands of assets.
 */
function layoutOf(model: StatusModel, frame: Frame): Layout {
  const { reading, shown } = model
  const { width } = frame
  if (last && last.reading === reading && last.shown === shown && last.width === width) return last.layout
  const layout = layOutList(model, frame)
  last = { reading, shown, width, layout }
  return layout
}

function layOutList({ reading, opening, shown }: StatusModel, { width, now }: Frame): Layout {
  const graph = reading?.graph ?? opening.graph
  const most = Math.max(2, Math.min(MOST_RAILS, Math.floor((width * RAILS_SHARE) / 2)))
  const upstream = (key: string) => (graph.has(key) ? graph.upstream(key) : [])
  const rows = layOutRails({ keys: shown, upstream }, most)
  const names = rows.map((row) => railsWidth(row) + 2 + cellsOf(row.key) + cellsOf(unseenText(row)))
  const nameWidth = names.reduce((widest, name) => Math.max(widest, name), 'asset'.length + 2)
  const byKey = new Map((reading?.report.assets ?? []).map((asset) => [asset.key, asset]))
  const listed = shown.flatMap((key) => {
    const asset = byKey.get(key)
    return asset ? [{ asset, next: reading?.nextRefreshes.get(key) }] : []
  })
  const fitted = fittingColumns(listed, { room: width - MARGIN, name: nameWidth, now })
  return { rows: new Map(rows.map((row) => [row.key, row])), ...fitted }
}

const railsWidth = ({ before, after }: RailRow): number => before.length + after.length
const unseenText = ({ unseen }: RailRow): string => (unseen > 0 ? ` ⇠${unseen}` : '')

export function assetTitles(model: StatusModel, frame: Frame): string {
  const { columns, nameWidth } = layoutOf(model, frame)
  const cells = columns.map(({ title, width, align }) => aligned(title, width, align).join(title))
  return frame.paint(
    cut([' '.repeat(MARGIN) + 'asset'.padEnd(nameWidth), ...cells].join('  ').trimEnd(), frame.width),
    'dim',
  )
}

/** Draws only the assets that are on the screen. */
export function assetLines(model: StatusModel, frame: Frame): readonly string[] {
  const { reading, shown, top, selected } = model
  if (shown.length === 0) return [nothingShown(model)]
  const layout = layoutOf(model, frame)
  if (!reading) return shown.slice(0, frame.height).map((key) => openingLine(layout.rows.get(key), frame))
  const relation = relationTo(reading.graph, selected)
  const runs = liveRuns(model)
  const visible = new Set(shown.slice(top, top + frame.height))
  const assets = new Map(reading.report.assets.flatMap((asset) => (visible.has(asset.key) ? [[asset.key, asset]] : [])))
  return [...visible].map((key) => {
    const asset = assets.get(key)
    const row = layout.rows.get(key)
    if (!asset || !row) return ''
    const live = liveAsset(asset, runs)
    const listed = { asset: live, next: reading.nextRefreshes.get(key) }
    const line = `${relation(key, frame)} ${nameOf(row, live, { layout, selected, frame })}${cellsLine(listed, layout, frame)}`
    return key === selected && model.pane === 'assets' ? frame.paint(padded(line, frame.width), 'chosen') : line
  })
}

/** The lineage alone, before the first reading. */
function openingLine(row: RailRow | undefined, { paint }: Frame): string {
  if (!row) return ''
  const rails = (cells: readonly RailCell[]) => cells.map(({ text }) => text).join('')
  return ' '.repeat(MARGIN) + paint(`${rails(row.before)}·${rails(row.after)} ${row.key}`, 'dim')
}

function nothingShown({ filter }: StatusModel): string {
  if (filter === '') return '  no assets are declared yet'
  return `  no asset has "${printableLine(filter)}" in its key, kind, state or tags`
}

/** Marks the selected asset, its upstreams and its downstreams. */
function relationTo(graph: AssetGraph, selected: string | undefined) {
  const known = selected !== undefined && graph.has(selected)
  const upstream = new Set(known ? graph.upstream(selected) : [])
  const downstream = new Set(known ? graph.downstream(selected) : [])
  return (key: string, { paint }: Frame): string => {
    if (key === selected) return paint('❯', 'strong')
    if (upstream.has(key)) return paint('↑', 'busy')
    return downstream.has(key) ? paint('↓', 'busy') : ' '
  }
}

interface NameStyle {
  readonly layout: Layout
  readonly selected: string | undefined
  readonly frame: Frame
}

/** The rails, the mark of the state and the key. The rails of the selected asset stand out. */
function nameOf(row: RailRow, { state }: LiveAsset, { layout, selected, frame }: NameStyle): string {
  const { paint } = frame
  const rails = (cells: readonly RailCell[]) => paintedRails(cells, row.key === selected ? row.key : selected, frame)
  const key = cut(row.key + unseenText(row), Math.max(4, layout.nameWidth - railsWidth(row) - 2))
  const named = key.startsWith(row.key)
    ? (row.key === selected ? paint(row.key, 'strong') : row.key) + paint(key.slice(row.key.length), 'dim')
    : key
  const mark = paint(MARKS[state], LIVE_TONES[state])
  const text = `${rails(row.before)}${mark}${rails(row.after)} ${named}`
  return padded(text, layout.nameWidth)
}

/** Paints neighbours of one tone together. */
function paintedRails(cells: readonly RailCell[], selected: string | undefined, { paint }: Frame): string {
  let [text, run, tone] = ['', '', 'dim' as Tone]
  for (const cell of cells) {
    const next: Tone = cell.upstream !== undefined && cell.upstream === selected ? 'busy' : 'dim'
    if (next !== tone) {
      text += paint(run, tone)
      ;[run, tone] = ['', next]
    }
    run += cell.text
  }
  return text + paint(run, tone)
}

function cellsLine(listed: ListedAsset, { columns }: Layout, { paint, now }: Frame): string {
  const why = whyCell(listed.asset, now)
  const cells = columns.map((column) => {
    const { text, tone } = column.id === 'why' ? why : column.cell(listed, now)
    const shown = cut(text, column.width)
    const [before, after] = aligned(shown, column.width, column.align)
    return `  ${before}${tone ? paint(shown, tone) : shown}${after}`
  })
  return cells.join('').trimEnd()
}

/** Explains the state on one line: progress, the failure, or the first cause, check or warning. */
function whyCell(asset: LiveAsset, now: Date): ListCell {
  const { state, step, failure, job, runId } = asset
  if (step && (state === 'running' || state === 'waiting')) {
    return { text: describeStep(step, now), tone: state === 'running' ? 'busy' : 'dim' }
  }
  if (state === 'running') return { text: job ? printableLine(job.where) : `by run ${runId ?? '?'}`, tone: 'busy' }
  if (failure) return { text: firstLine(failure.error.message), tone: 'bad' }
  const { reasons, tone } = reasonsOf(asset, now)
  const [first] = reasons
  if (first === undefined) {
    const took = step?.durationMs ?? null
    return took === null ? { text: '' } : { text: `took ${duration(took)}`, tone: 'dim' }
  }
  const more = reasons.length > 1 ? ` +${reasons.length - 1}` : ''
  return { text: firstLine(first) + more, ...(tone && { tone }) }
}

/**
 * The line between the assets and the details. `most` is the maximum number of lines by which the
 * details can scroll.
 */
export function ruleLine(model: StatusModel, { width, paint }: Frame, most: number): string {
  const { shown, selected, reading, scroll, pane } = model
  const index = selected === undefined ? -1 : shown.indexOf(selected)
  const all = reading?.report.assets.length ?? 0
  const place = index < 0 ? '' : `${count(index + 1)} of ${count(shown.length)}`
  const filtered = shown.length < all && place !== '' ? `${place} (${count(all)} in all)` : place
  const left = `── ${filtered}${filtered === '' ? '' : ' '}`
  const hidden = hiddenLines(scroll, most)
  const right = hidden === '' ? '' : ` ${hidden} ──`
  const fits = cellsOf(left) + cellsOf(right) <= width ? right : ''
  const line = left + '─'.repeat(Math.max(0, width - cellsOf(left) - cellsOf(fits))) + fits
  return paint(cut(line, width), pane === 'details' ? 'busy' : 'dim')
}
