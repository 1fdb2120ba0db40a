/** Runs a scheduled refresh as a process of its own, which loads the current project. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import * as z from 'zod'
import type { Schedule } from '../../declare/runs/schedule.ts'
import { type ErrorReport, errorReportSchema } from '../../run/error-report.ts'
import { runEventSchema } from '../../run/event-schema.ts'
import type { RunEvent } from '../../run/events.ts'
import type { Refreshed } from '../../schedule/ticks/refresh.ts'
import { parseDocument } from '../../storage/stored-document.ts'
import type { GlobalFlags } from '../project/project.ts'
import { globalArguments } from '../same-lake.ts'

export type PrintedLine = RunEvent | { readonly type?: undefined; readonly error: ErrorReport }

/** A line that `lake materialize --json` prints. */
export const lineSchema: z.ZodType<PrintedLine> = z.union([runEventSchema, z.object({ error: errorReportSchema })])

/** How long a canceled refresh may take to end. Then it is ended at once. */
const MOST_MS_TO_END = 60_000

/**
 * Runs `lake materialize` on the lake of the schedule and waits for its end. The signal interrupts
 * it, like Ctrl-C. The refresh has a process group of its own, so that a Ctrl-C in the terminal
 * reaches only this process. This process passes it on once.
 */
export async function refreshInProcess(
  flags: GlobalFlags,
  { selection = [], full = false, overlap = 'queue', profile = flags.profile }: Schedule,
  signal: AbortSignal,
): Promise<Refreshed> {
  const place = globalArguments({ ...flags, ...(profile !== undefined && { profile }) })
  const options = [...(full ? ['--full'] : []), ...(overlap === 'queue' ? ['--wait'] : [])]
  const words = [...place, '--json', 'materialize', ...options, ...selection]
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
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
    let [runId, last]: [string | undefined, PrintedLine | undefined] = [undefined, undefined]
    for await (const line of createInterface({ input: child.stdout })) {
      const read = parseDocument('standard output', line, lineSchema)
      if (read.kind === 'read') last = read.value
      if (last?.type !== undefined) runId = last.runId
    }
    return refreshed(last, { runId, end: await closed })
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
