/** Shows the events of a run: as JSON, as a live view in a terminal, or as plain lines. */
import { runPrinter, STOPPING } from '../../../report/run/run-text.ts'
import type { EventSink, RunEvent, RunStarted } from '../../../run/events.ts'
import type { Storage } from '../../../storage/storage.ts'
import type { CommandContext } from '../../context.ts'
import { suggestingIn } from '../../same-lake.ts'
import { type Terminal, toJson } from '../../terminal.ts'

export interface ProgressSink {
  readonly emit: EventSink
  /** Reports an interrupt at once, because running steps can take seconds to end. */
  stopping(): void
  finish(): Promise<void>
}

/**
 * Prints a run's events: one JSON document a line with --json, a live view in a terminal, plain
 * lines elsewhere. The view reads in the lake how long steps took earlier.
 */
export async function progressSink({ flags, terminal }: CommandContext, lake: Storage): Promise<ProgressSink> {
  const stopping = () => terminal.note(STOPPING)
  if (flags.json)
    return plainSink(stopping, (event) => terminal.data(toJson(suggestingInEvent(terminal.suggest, event))))
  if (!terminal.interactive) return plainSink(stopping, runPrinter(terminal.out, terminal.page().paint))
  const [{ renderRun }, { pastDurations }] = await Promise.all([
    import('../../../tui/run/render-run.ts'),
    import('../../../run/progress/past-durations.ts'),
  ])
  return renderRun({
    ...{ stdout: process.stdout, paint: terminal.page().paint, now: () => new Date(), print: terminal.out },
    pastOf: ({ runId, steps }: RunStarted) => pastDurations(lake, runId, steps),
  })
}

function suggestingInEvent(suggest: Terminal['suggest'], event: RunEvent): RunEvent {
  return 'error' in event && event.error ? { ...event, error: suggestingIn(suggest, event.error) } : event
}

const plainSink = (stopping: () => void, emit: EventSink): ProgressSink => ({
  emit,
  stopping,
  finish: async () => undefined,
})
