/** Shows a run on a terminal, and its summary when it ends. */
import type { Paint } from '../../report/layout/page.ts'
import { runEndLines } from '../../report/run/run-end.ts'
import type { EventSink, RunStarted } from '../../run/events.ts'
import type { PastDurations } from '../../run/progress/past-durations.ts'
import { openRunScreen, type RunScreen } from './run-screen.ts'
import { createRunStore } from './run-store.ts'

interface RunRendering {
  readonly emit: EventSink
  /** Shows immediately that the run is stopping. */
  stopping(): void
  /** Leaves every error and the summary on the terminal. Also restores it if no event came. */
  finish(): Promise<void>
}

interface RunRenderOptions {
  readonly stdout: NodeJS.WriteStream
  readonly paint: Paint
  readonly now: () => Date
  /** Prints text below the lines of the run. */
  readonly print: (text: string) => void
  /** Finds out how long the steps of the run took earlier. Never rejects. */
  readonly pastOf: (run: RunStarted) => Promise<PastDurations>
}

/**
 * How long a run looks for stale assets before the screen shows it, in milliseconds. If a run finds
 * nothing to do within that time, the screen draws only its end.
 */
const PATIENCE_MS = 500

export function renderRun({ stdout, paint, now, print, pastOf }: RunRenderOptions): RunRendering {
  const store = createRunStore()
  let screen: RunScreen | undefined
  const open = () => {
    screen ??= openRunScreen(stdout, { store, paint, now })
  }
  const waiting = setTimeout(open, PATIENCE_MS)
  return {
    emit: (event) => {
      store.emit(event)
      if (store.state().scrolled.length > 0) open()
      if (event.type === 'run-started' && event.steps.length > 0) void pastOf(event).then(store.expect)
    },
    stopping: () => {
      store.stop()
      open()
      screen?.draw()
    },
    finish: async () => {
      clearTimeout(waiting)
      store.end()
      screen?.close()
      const { view } = store.state()
      if (view) print(runEndLines(view, paint).join('\n'))
    },
  }
}
