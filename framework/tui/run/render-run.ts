/** Shows a run on a terminal, and its summary when it ends. */
import type { Paint } from '../../report/layout/page.ts'
import { runEndLines } from '../../report/run/run-end.ts'
import type { EventSink, RunStarted } from '../../run/events.ts'
import type { PastDurations } from '../../run/progress/past-durations.ts'
import { loadForProduction } from '../load-ink.ts'
import type { MountedRun } from './mount-run.tsx'
import { createRunStore } from './run-store.ts'

export interface RunRendering {
  readonly emit: EventSink
  /** Shows at once that the run is stopping. */
  stopping(): void
  /** Leaves every error and the summary on the terminal. Also restores it if no event came. */
  finish(): Promise<void>
}

export interface RunRenderOptions {
  readonly stdout: NodeJS.WriteStream
  readonly paint: Paint
  readonly now: () => Date
  /** Prints text below the lines of the run. */
  readonly print: (text: string) => void
  /** Finds out how long the steps of the run took earlier. Never rejects. */
  readonly pastOf: (run: RunStarted) => Promise<PastDurations>
}

/**
 * How long a run looks for stale assets before the screen says so, in milliseconds. Ink takes
 * longer to load than a run that finds nothing to do.
 */
const PATIENCE_MS = 500

/** Returns at once: the run does not wait until Ink is loaded. */
export function renderRun({ stdout, paint, now, print, pastOf }: RunRenderOptions): RunRendering {
  const store = createRunStore()
  let mounting: Promise<void> | undefined
  let mounted: MountedRun | undefined
  const mount = () => {
    mounting ??= loadForProduction(() => import('./mount-run.tsx')).then(({ mountRun }) => {
      mounted = mountRun(stdout, { store, paint, now })
    })
    // A failure is thrown by `finish`; until then it must not count as unhandled.
    mounting.catch(() => undefined)
  }
  const waiting = setTimeout(mount, PATIENCE_MS)
  return {
    emit: (event) => {
      store.emit(event)
      if (store.state().scrolled.length > 0) mount()
      if (event.type === 'run-started' && event.steps.length > 0) void pastOf(event).then(store.expect)
    },
    stopping: () => {
      store.stop()
      mount()
      mounted?.draw()
    },
    finish: async () => {
      clearTimeout(waiting)
      store.end()
      await mounting
      await mounted?.unmount()
      const { view, scrolled } = store.state()
      // Ink leaves an empty line in place of what was in progress.
      if (mounted && scrolled.length === 0) stdout.write('\u001b[1A')
      if (view) print(runEndLines(view, paint).join('\n'))
    },
  }
}
