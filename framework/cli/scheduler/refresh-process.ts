/** Runs a scheduled refresh as a process of its own, which loads the current project. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import type { EventSink } from '../../run/events.ts'
import type { Refreshed } from '../../schedule/ticks/refresh.ts'
import { type PrintedLine, startMaterialize } from '../materialize-process.ts'
import type { GlobalFlags } from '../project/project.ts'

/** How long a canceled refresh may take to end. Then it is ended at once. */
const MOST_MS_TO_END = 60_000

interface RefreshOptions {
  readonly signal: AbortSignal
  readonly emit: EventSink
}

/**
 * Runs `lake materialize` on the lake of the schedule and waits for its end. The signal interrupts
 * it, like Ctrl-C. A Ctrl-C in the terminal reaches only this process, which passes it on once.
 */
export async function refreshInProcess(
  flags: GlobalFlags,
  { selection = [], full = false, overlap = 'queue', profile = flags.profile }: Schedule,
  { signal, emit }: RefreshOptions,
): Promise<Refreshed> {
  const ofSchedule = { ...flags, ...(profile !== undefined && { profile }) }
  const options = [...(full ? ['--full'] : []), ...(overlap === 'queue' ? ['--wait'] : [])]
  let [runId, last]: [string | undefined, PrintedLine | undefined] = [undefined, undefined]
  const child = startMaterialize(ofSchedule, {
    ...{ words: [...options, ...selection], showNotes: true },
    onLine: (line) => {
      last = line
      if (line.type === undefined) return
      runId = line.runId
      emit(line)
    },
  })
  const interrupt = () => void child.kill('SIGTERM')
  const cancel = () => {
    interrupt()
    // The second one ends it at once.
    setTimeout(interrupt, MOST_MS_TO_END).unref()
  }
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  // A second interrupt ends this process at once, and must end the refresh at once too.
  process.once('exit', interrupt)
  const closed = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, endedBy) => resolve(endedBy ?? `exit status ${status}`))
  })
  try {
    const end = await closed
    return refreshed(last, { runId, end })
  } finally {
    signal.removeEventListener('abort', cancel)
    process.removeListener('exit', interrupt)
  }
}

interface ProcessEnd {
  readonly runId: string | undefined
  readonly end: string
}

function refreshed(last: PrintedLine | undefined, { runId, end }: ProcessEnd): Refreshed {
  if (last?.type === 'run-finished') {
    const { status, error } = last
    return { kind: 'ran', status, runId: last.runId, ...(error && { error }) }
  }
  if (last && last.type === undefined) return { kind: 'not-run', error: last.error }
  const run =
    runId === undefined ? 'before it reported anything' : `during the run ${runId}; \`lake run ${runId}\` shows it`
  const message = `the process of the refresh ended (${end}) ${run}. The next refresh does the rest.`
  return { kind: 'not-run', error: { code: 'interrupted', message, transient: true } }
}
