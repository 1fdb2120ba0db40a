/** Starts `lake materialize` as a process that outlives this one. */
import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { EventSink } from '../../run/events.ts'
import { parseDocument } from '../../storage/stored-document.ts'
import type { StartedProcess } from '../../tui/status/model/status-source.ts'
import type { GlobalFlags } from '../project/project.ts'
import { globalArguments } from '../same-lake.ts'
import { lineSchema } from '../scheduler/refresh-process.ts'

/**
 * The process has a group of its own, so that neither Ctrl-C nor the end of the terminal reaches
 * it. It works on when nobody reads its events any more.
 */
export function startRun(flags: GlobalFlags, selection: readonly string[], emit: EventSink): StartedProcess {
  const words = [...globalArguments(flags), '--json', 'materialize', ...selection]
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...words], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  })
  child.unref()
  ;(child.stdout as Socket).unref()
  let [message, hasRun]: [string | undefined, boolean] = [undefined, false]
  createInterface({ input: child.stdout }).on('line', (line) => {
    const read = parseDocument('standard output', line, lineSchema)
    if (read.kind !== 'read') return
    if (read.value.type === undefined) message = read.value.error.message
    else {
      hasRun = true
      emit(read.value)
    }
  })
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
