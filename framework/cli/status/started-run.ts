/** Starts a run from the status screen. The run goes on when the screen is closed. */
import type { Socket } from 'node:net'
import type { EventSink } from '../../run/events.ts'
import type { StartedProcess } from '../../tui/status/model/status-source.ts'
import { startMaterialize } from '../materialize-process.ts'
import type { GlobalFlags } from '../project/project.ts'

/** The new process does not keep this one alive, and works on when no process reads its events. */
export function startRun(flags: GlobalFlags, selection: readonly string[], emit: EventSink): StartedProcess {
  let [message, hasRun]: [string | undefined, boolean] = [undefined, false]
  const child = startMaterialize(flags, {
    ...{ words: selection, showNotes: false },
    onLine: (line) => {
      if (line.type === undefined) message = line.error.message
      else {
        hasRun = true
        emit(line)
      }
    },
  })
  child.unref()
  ;(child.stdout as Socket).unref()
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`the run cannot start: ${error.message}`))
    child.once('close', (status, signal) =>
      resolve(
        message ?? (hasRun || status === 0 ? undefined : `the run ended early (${signal ?? `exit status ${status}`})`),
      ),
    )
  })
  return { ended, cancel: () => void child.kill('SIGTERM') }
}
