/** Starts `lake materialize` as a process of its own, which loads the current project. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import * as z from 'zod'
import { type ErrorReport, errorReportSchema } from '../run/error-report.ts'
import { runEventSchema } from '../run/event-schema.ts'
import type { RunEvent } from '../run/events.ts'
import { parseDocument } from '../storage/stored-document.ts'
import type { GlobalFlags } from './project/project.ts'
import { globalArguments } from './same-lake.ts'

/** A line that `lake materialize --json` prints. */
export type PrintedLine = RunEvent | { readonly type?: undefined; readonly error: ErrorReport }

const lineSchema: z.ZodType<PrintedLine> = z.union([runEventSchema, z.object({ error: errorReportSchema })])

interface MaterializeProcess {
  /** Options and selection of `lake materialize`. */
  readonly words: readonly string[]
  /** Whether this process passes on its notes to standard error. */
  readonly showNotes: boolean
  /** Called for each line before the child process emits `close`. */
  readonly onLine: (line: PrintedLine) => void
}

/**
 * Starts the process on the lake that `flags` name. It is in a process group of its own, so that
 * neither Ctrl-C nor the end of the terminal reaches it.
 */
export function startMaterialize(flags: GlobalFlags, { words, showNotes, onLine }: MaterializeProcess): ChildProcess {
  const command = [process.argv[1] ?? '', ...globalArguments(flags), '--json', 'materialize', ...words]
  const child = spawn(process.execPath, [...process.execArgv, ...command], {
    stdio: ['ignore', 'pipe', showNotes ? 'pipe' : 'ignore'],
    detached: true,
  })
  child.stderr?.on('data', (note: Buffer) => void process.stderr.write(note))
  createInterface({ input: child.stdout as Readable }).on('line', (line) => {
    const read = parseDocument('standard output', line, lineSchema)
    if (read.kind === 'read') onLine(read.value)
  })
  return child
}
