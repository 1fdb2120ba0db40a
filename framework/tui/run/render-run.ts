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

/** Returns at once: the run does not wait until Ink is loaded. */
export function renderRun({ stdout, paint, now, print, pastOf }: RunRenderOptions): RunRendering {
  const store = createRunStore()
  let mounted: MountedRun | undefined
  const mounting = loadForProduction(() => import('./mount-run.tsx')).then(({ mountRun }) => {
    mounted = mountRun(stdout, { store, paint, now })
  })
  // A failure is thrown by `finish`; until then it must not count as unhandled.
  mounting.catch(() => undefined)
  return {
    emit: (event) => {
      store.emit(event)
      if (event.type === 'run-started' && event.steps.length > 0) void pastOf(event).then(store.expect)
    },
    stopping: () => {
      store.stop()
      mounted?.draw()
    },
    finish: async () => {
      store.end()
      await mounting
      await mounted?.unmount()
      const { view, scrolled } = store.state()
      // Ink leaves an empty line in place of what was in progress.
      if (scrolled.length === 0) stdout.write('\u001b[1A')
      if (view) print(runEndLines(view, paint).join('\n'))
    },
  }
}
