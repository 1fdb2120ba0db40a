/** Mounts the screen of a run on a terminal, below what the terminal already shows. */
import { render } from 'ink'
import type { Paint } from '../../report/layout/page.ts'
import { sizeOf } from '../frame.ts'
import { inkStdout } from '../ink-stdout.ts'
import { rowsAfterResize, wrapsOldLines } from './reflow.ts'
import type { RunFrame } from './run-frame.ts'
import { openFrame, RunScreen } from './run-screen.tsx'
import type { RunStore } from './run-store.ts'

const REDRAW_EVERY_MS = 120
/** Minimum pause, as a multiple of the duration of the last drawing: a slow terminal gets few. */
const PAUSE = 10

export interface RunMount {
  readonly store: RunStore
  readonly paint: Paint
  readonly now: () => Date
}

export interface MountedRun {
  /** Draws at once what the store holds now. */
  draw(): void
  /** Draws what is left to draw, and removes what was in progress. */
  unmount(): Promise<void>
}

/**
 * Draws at intervals and not for each event, because ten thousand assets would make as many frames.
 * Reads no keys, so that the terminal turns Ctrl-C into a signal.
 */
export function mountRun(stdout: NodeJS.WriteStream, { store, paint, now }: RunMount): MountedRun {
  let tick = 0
  let timer: NodeJS.Timeout | undefined
  const frame = (): RunFrame => ({ ...sizeOf(stdout), paint, now: now(), tick })
  let open = openFrame(store.state(), frame())
  const screen = () => {
    const drawn = frame()
    open = openFrame(store.state(), drawn)
    return <RunScreen state={store.state()} frame={drawn} />
  }
  // Runs before Ink's own listener, which knows of the lines as they were written only.
  const resized = () => {
    const extra = rowsAfterResize(open, stdout.columns) - open.length
    if (extra > 0) stdout.write(`\u001b[${extra}A\u001b[J`)
  }
  if (wrapsOldLines(process.env)) stdout.prependListener('resize', resized)
  const instance = render(screen(), { stdout: inkStdout(stdout), exitOnCtrlC: false })
  const draw = () => instance.rerender(screen())
  const redraw = () => {
    const beganAt = performance.now()
    tick++
    draw()
    timer = setTimeout(redraw, Math.max(REDRAW_EVERY_MS, PAUSE * (performance.now() - beganAt)))
  }
  timer = setTimeout(redraw, REDRAW_EVERY_MS)
  return {
    draw,
    unmount: async () => {
      clearTimeout(timer)
      draw()
      instance.unmount()
      await instance.waitUntilExit()
      stdout.off('resize', resized)
    },
  }
}
