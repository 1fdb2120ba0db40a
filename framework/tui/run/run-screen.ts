/** Draws the screen of a run: lines that scroll away, and below them what is in progress. */
import type { Paint } from '../../report/layout/page.ts'
import { sizeOf } from '../frame.ts'
import { openLiveLines } from '../live/live-lines.ts'
import { redrawing } from '../live/redrawing.ts'
import { fittingWhenWrapped } from '../live/reflow.ts'
import { type RunFrame, runFrame } from './run-frame.ts'
import type { RunState, RunStore } from './run-store.ts'
import { drawScrolled } from './scrolled.ts'

export interface RunScreen {
  /** Draws the current state of the store immediately. */
  draw(): void
  /** Draws what is left to draw, and removes what was in progress if the run has ended. */
  close(): void
}

interface RunScreenOptions {
  readonly store: RunStore
  readonly paint: Paint
  readonly now: () => Date
}

const REDRAW_EVERY_MS = 120

/** Reads no keys, so that the terminal turns Ctrl-C into a signal. */
export function openRunScreen(stdout: NodeJS.WriteStream, { store, paint, now }: RunScreenOptions): RunScreen {
  const live = openLiveLines(stdout, process.env)
  let tick = 0
  let left = 0
  const draw = () => {
    const state = store.state()
    const frame = { ...sizeOf(stdout), paint, now: now(), tick }
    const added = state.scrolled.slice(left).flatMap((item) => drawScrolled(item, frame))
    left = state.scrolled.length
    live.draw(added, openFrame(state, frame))
  }
  const stopDrawing = redrawing(
    stdout,
    () => REDRAW_EVERY_MS,
    () => {
      tick++
      draw()
    },
  )
  draw()
  return {
    draw,
    close: () => {
      stopDrawing()
      draw()
      live.close()
    },
  }
}

/** Minimum height of what is in progress, in lines, if the terminal has them. */
const MIN_HEIGHT = 10
/** Maximum share of the terminal for what is in progress. The rest shows what has ended. */
const SHARE = 0.6

/** The lines that are drawn anew each time. */
export function openFrame({ view, past, stopping, ended }: RunState, frame: RunFrame): readonly string[] {
  if (ended) return []
  const most = Math.min(frame.height, Math.max(MIN_HEIGHT, Math.floor(frame.height * SHARE)))
  const linesAt = (height: number) => runFrame(view, { ...frame, height, stopping, ...(past && { past }) })
  return fittingWhenWrapped(linesAt, { most, rows: frame.height })
}
