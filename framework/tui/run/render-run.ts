/** Shows a run on a terminal, and its summary when it ends. */
import type { Paint } from '../../report/layout/page.ts'
import { describeEnded, endLines, leftOutLines, problemLines } from '../../report/run/run-text.ts'
import type { EventSink } from '../../run/events.ts'
import { loadForProduction } from '../load-ink.ts'
import { createRunStore } from './run-store.ts'

export interface RunRendering {
  readonly emit: EventSink
  /** Shows at once that the run is stopping. */
  stopping(): void
  /**
   * Leaves the last frame, every error in full and the summary on the terminal. Also restores it if
   * no event came.
   */
  finish(): Promise<void>
}

export interface RunRenderOptions {
  readonly stdout: NodeJS.WriteStream
  readonly paint: Paint
  readonly now: () => Date
  /** Puts flags into the commands that a text suggests. */
  readonly suggest: (text: string) => string
}

/** Reads no keys, so that the terminal turns Ctrl-C into a signal. */
export async function renderRun({ stdout, paint, now, suggest }: RunRenderOptions): Promise<RunRendering> {
  const store = createRunStore()
  const { mountRun } = await loadForProduction(() => import('./mount-run.tsx'))
  const unmount = mountRun(stdout, { store, paint, now })
  return {
    emit: store.emit,
    stopping: store.stop,
    finish: async () => {
      const frame = await unmount()
      const view = store.view()
      if (!view) return
      const details = [
        ...view.ended.map((ended) => paint(describeEnded(ended), 'dim')),
        ...problemLines(view, paint),
        ...leftOutLines(view, paint),
      ]
      const sections = [...frame, ...(frame.length > 0 ? [''] : []), ...details, ...(details.length > 0 ? [''] : [])]
      stdout.write(suggest([...sections, ...endLines(view, paint), ''].join('\n')))
    },
  }
}
