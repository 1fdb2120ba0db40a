/** Draws the lines above and below the panes: facts about all assets, and the keys. */
import { cellsOf, cut } from '../../../report/layout/display-width.ts'
import { duration, until } from '../../../report/layout/format-numbers.ts'
import type { Tone } from '../../../report/layout/page.ts'
import { runCounts } from '../../../report/run/run-text.ts'
import type { RunView } from '../../../report/run/run-view.ts'
import { stateCounts } from '../../../report/status-text.ts'
import { printable, printableLine } from '../../../text/printable.ts'
import type { Frame } from '../../frame.ts'
import { bar, doneFacts, endedCount } from '../../progress.ts'
import { liveRuns } from '../model/live-assets.ts'
import { isBeginning, RUNS_SHOWN, shownProblems } from '../model/panes.ts'
import { isAtWork, type Overlay, type StatusModel } from '../model/status-model.ts'
import type { StatusReading } from '../model/status-source.ts'

interface Painted {
  readonly text: string
  readonly tone?: Tone
}

interface RightEnd extends Painted {
  /** A shorter text with the most important part. */
  readonly shorter?: string
}

/** Puts one text at the left end of a line, and as much of the other as fits at its right end. */
export function atBothEnds(left: Painted, right: RightEnd, { width, paint }: Pick<Frame, 'width' | 'paint'>): string {
  const room = width - Math.min(cellsOf(left.text), width * MOST_LEFT) - 2
  const tail = [right.text, right.shorter ?? ''].find((text) => cellsOf(text) <= room) ?? ''
  const shown = cut(left.text, width - (tail === '' ? 0 : cellsOf(tail) + 2))
  const space = ' '.repeat(Math.max(0, width - cellsOf(shown) - cellsOf(tail)))
  const painted = ({ tone }: Painted, text: string) => (tone ? paint(text, tone) : text)
  return (painted(left, shown) + space + painted(right, tail)).trimEnd()
}

/** Maximum share of a line for its left text. */
const MOST_LEFT = 0.8

export function headLines(model: StatusModel, frame: Frame): readonly string[] {
  const { width, paint, suggest = (text) => text } = frame
  const { reading, opening, problem } = model
  const report = reading?.report
  return [
    atBothEnds(
      { text: printableLine(report?.lake ?? opening.lake), tone: 'strong' },
      { text: freshness(model, frame), tone: 'dim' },
      frame,
    ),
    atBothEnds(
      { text: report ? stateCounts(report) : 'reading the lake' },
      { ...(reading ? describeRefresh(reading, frame.now) : { text: '' }), tone: 'dim' },
      frame,
    ),
    ...runLines(model, frame),
    ...shownProblems(model).map((line) => paint(cut(suggest(line), width), 'warn')),
    ...(problem === undefined
      ? []
      : [paint(cut(`reading again failed: ${printable(problem).replaceAll('\n', ' ')}`, width), 'bad')]),
  ]
}

/** The age of what the screen shows, if it is more than the duration of a reading. */
function freshness({ reading, isReading }: StatusModel, { now }: Frame): string {
  if (!reading) return ''
  const elapsed = now.getTime() - reading.at.getTime()
  if (elapsed < OLD_MS) return 'live'
  return isReading ? `reading, last read ${duration(elapsed)} ago` : `read ${duration(elapsed)} ago`
}

const OLD_MS = 40_000

/** Mentions if no scheduler is running, because then nothing runs a refresh that is due. */
function describeRefresh({ report, nextRefresh }: StatusReading, now: Date): RightEnd {
  if (!nextRefresh) return { text: '' }
  // Leaves out the seconds, so that the screen does not change while nothing happens.
  const due = until(nextRefresh.at, now).replace(/( min) \d+ s$/, '$1')
  const name = printableLine(nextRefresh.name)
  return report.scheduler
    ? { text: `next refresh ${due}: ${name}`, shorter: `next ${due}` }
    : { text: `no scheduler runs; ${name} is due ${due}`, shorter: 'no scheduler runs' }
}

function runLines(model: StatusModel, frame: Frame): readonly string[] {
  const own = model.started?.view?.runId
  const starting = isBeginning(model) ? [frame.paint('▸ starting a run', 'busy')] : []
  const views = liveRuns(model).map((view) =>
    runLine(view, view.runId === own ? model.started?.state : undefined, frame),
  )
  return [...starting, ...views].slice(0, RUNS_SHOWN)
}

function runLine(view: RunView, own: 'running' | 'stopping' | 'ended' | undefined, frame: Frame): string {
  const facts = [...doneFacts(view, frame.now), ...(view.cost === null ? [] : [view.cost])]
  const state = own === 'stopping' ? 'stopping; ' : ''
  const who = own === undefined ? 'of another process' : 'x cancels'
  const text = `▸ ${state}${bar(endedCount(view), view.assets.length, 10)} ${facts.join(', ')}: ${runCounts(view) || 'waiting'}`
  return atBothEnds(
    { text, tone: own === 'stopping' ? 'warn' : 'busy' },
    { text: `${view.runId}  ${who}`, shorter: who, tone: 'dim' },
    frame,
  )
}

export function footLine(model: StatusModel, { width, paint }: Frame): string {
  const { typing, filter, notice, overlay } = model
  if (notice !== undefined) return paint(cut(printable(notice).replaceAll('\n', ' '), width), 'warn')
  if (typing) return cut(`/${printableLine(filter)}▏  Enter keeps the filter, Escape removes it`, width)
  return paint(fitting(overlay ? overlayKeys(overlay) : screenKeys(model), width), 'dim')
}

function overlayKeys(overlay: Overlay): readonly string[] {
  const scroll = ['↑↓ scroll', 'Escape back']
  if (overlay.kind !== 'plan' || overlay.plan.kind !== 'got') return scroll
  return overlay.plan.value.steps.length > 0 ? ['Enter runs this plan', ...scroll] : scroll
}

function screenKeys(model: StatusModel): readonly string[] {
  const { filter, pane, opened } = model
  return [
    ...(filter === '' ? [] : [`filter "${printableLine(filter)}", Escape removes it`]),
    ...(pane === 'details' ? ['Escape back'] : ['Enter opens']),
    ...(isAtWork(model) ? ['x cancel'] : []),
    ...['m materialize', 'p plan', 'l log', 'f failures', '/ filter', '? keys', 'q leave'],
    ...(opened ? [] : ['Tab pane']),
  ]
}

/** Joins as many of the keys as fit into the line. */
function fitting(keys: readonly string[], width: number): string {
  let line = ''
  for (const key of keys) {
    const longer = line === '' ? key : `${line}  ${key}`
    if (cellsOf(longer) > width) break
    line = longer
  }
  return line === '' ? cut(keys[0] ?? '', width) : line
}
