/** Shows a scheduler on a terminal: its log scrolls away above its current work. */
import { wrap } from '../../report/layout/display-width.ts'
import type { Paint } from '../../report/layout/page.ts'
import { type ScheduleView, withNextTicks } from '../../report/schedule-view.ts'
import { printable } from '../../text/printable.ts'
import { sizeOf } from '../frame.ts'
import { typedPresses } from '../key-press.ts'
import { openLiveLines } from '../live/live-lines.ts'
import { redrawing } from '../live/redrawing.ts'
import { fittingWhenWrapped } from '../live/reflow.ts'
import { type Shows, scheduleFrame } from './schedule-frame.ts'

interface ScheduleRendering {
  /** Folds an event into the view, and adds a line to the log. */
  update(fold: (view: ScheduleView) => ScheduleView, line?: string): void
  /** Shows at once that the scheduler is stopping. */
  stopping(): void
  close(): void
}

interface ScheduleRenderOptions {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly paint: Paint
  readonly now: () => Date
  readonly opened: ScheduleView
  readonly facts: () => readonly string[]
  /** Asks the scheduler to stop, like a signal. */
  readonly stop: () => void
}

/**
 * Minimum redrawing interval while nothing happens, because the seconds to the next tick pass. A
 * running refresh has spinners.
 */
const IDLE_REDRAW_MS = 1_000
const REDRAW_MS = 120

export function renderSchedule(options: ScheduleRenderOptions): ScheduleRendering {
  const { stdin, stdout, paint, now, facts, stop } = options
  const live = openLiveLines(stdout, process.env)
  let view = options.opened
  let shows: Shows = { keys: false, refresh: false }
  let [tick, isStopping]: [number, boolean] = [0, false]
  const draw = (added: readonly string[] = []) => {
    view = withNextTicks(view, now())
    const frame = { ...sizeOf(stdout), paint, now: now(), tick, facts: facts(), shows, stopping: isStopping }
    const linesAt = (height: number) => scheduleFrame(view, { ...frame, height })
    live.draw(added, fittingWhenWrapped(linesAt, { most: frame.height, rows: frame.height }))
  }
  const stopDrawing = redrawing(
    stdout,
    () => (view.running ? REDRAW_MS : IDLE_REDRAW_MS),
    () => {
      tick++
      draw()
    },
  )
  const typed = (text: string) => {
    for (const press of typedPresses(text)) {
      if (press.kind === 'interrupt') stop()
      else if (press.kind === 'enter') shows = { ...shows, refresh: !shows.refresh }
      else if (press.kind === 'character' && press.character === '?') shows = { ...shows, keys: !shows.keys }
      else if (press.kind === 'character' && press.character === 'q' && !isStopping) stop()
    }
    draw()
  }
  stdin.setRawMode(true)
  stdin.setEncoding('utf8').on('data', typed)
  draw()
  return {
    update: (fold, line) => {
      view = fold(view)
      draw(line === undefined ? [] : wrap(printable(line), sizeOf(stdout).width))
    },
    stopping: () => {
      isStopping = true
      draw()
    },
    close: () => {
      stopDrawing()
      stdin.off('data', typed).pause()
      stdin.setRawMode(false)
      live.draw([], [])
      live.close()
    },
  }
}
