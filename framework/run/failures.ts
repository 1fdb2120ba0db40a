import * as z from 'zod'
import type { KeyChange } from '../observe/provenance.ts'
import type { Storage } from '../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../storage/stored-document.ts'
import { withoutKnownSecrets } from '../text/redact.ts'
import { type ErrorReport, errorReportSchema } from './error-report.ts'
import { runIdSchema } from './run-id.ts'

const DIRECTORY = '_lake/failures'

/** The last failure of an asset that has not been materialized since. */
export interface Failure {
  readonly runId: string
  readonly at: string
  readonly error: ErrorReport
  /** What it was attempted with; absent in notes of an older lake. */
  readonly attempt?: Attempt
}

export interface Attempt {
  /** The code version. */
  readonly code: string
  /** Of the checks, as `AssetCode` has it. */
  readonly checks?: string
  /** Upstream key -> its version. */
  readonly inputs: Readonly<Record<string, number>>
}

/** What `lake check` has found. */
export interface CheckNote {
  readonly at: string
  /** The version whose rows were checked. */
  readonly version: number
  /** All checks that were run, in words. */
  readonly checks: readonly string[]
  /** Those that rows did not pass. */
  readonly failed: readonly FailedCheck[]
}

export interface FailedCheck {
  readonly check: string
  readonly severity: 'error' | 'warn'
  readonly rows: number
}

/** No key of an asset has a dot. */
const CHECKS = '.checks'

/** A note of what `lake status` shows; the rows themselves say what they have passed only once a run has checked them. */
export async function noteChecks(lake: Storage, key: string, note: CheckNote): Promise<void> {
  await lake.put(`${DIRECTORY}/${key}${CHECKS}.json`, withoutKnownSecrets(JSON.stringify(note)))
}

/** What is noted of assets, by key. */
export interface Notes {
  readonly failures: ReadonlyMap<string, Failure>
  readonly checks: ReadonlyMap<string, CheckNote>
}

const MOST_BYTES = 16 * 1024 * 1024

const FAILURE: DocumentFormat<Failure> = {
  schema: z.object({
    runId: runIdSchema,
    at: z.iso.datetime(),
    error: errorReportSchema,
    attempt: z
      .object({ code: z.string(), checks: z.string().exactOptional(), inputs: z.record(z.string(), z.int()) })
      .exactOptional(),
  }),
  mostBytes: MOST_BYTES,
}

const CHECK_NOTE: DocumentFormat<CheckNote> = {
  schema: z.object({
    at: z.iso.datetime(),
    version: z.int(),
    checks: z.array(z.string()),
    failed: z.array(z.object({ check: z.string(), severity: z.enum(['error', 'warn']), rows: z.number() })),
  }),
  mostBytes: MOST_BYTES,
}

/** A note of what `lake status` shows as failed; whether the asset is stale is decided without it. */
export async function noteFailure(lake: Storage, key: string, failure: Failure): Promise<void> {
  await lake.put(`${DIRECTORY}/${key}.json`, withoutKnownSecrets(JSON.stringify(failure)))
}

export async function clearFailure(lake: Storage, key: string): Promise<void> {
  await lake.delete(`${DIRECTORY}/${key}.json`)
}

/** What was found of a table's rows is true of them under another key too. */
export async function moveCheckNote(lake: Storage, { from, to }: KeyChange): Promise<void> {
  const note = await readNote(lake, `${from}${CHECKS}.json`, CHECK_NOTE)
  if (note) await noteChecks(lake, to, note)
}

/** Of a table that is no more. */
export async function forgetNotes(lake: Storage, key: string): Promise<void> {
  await clearFailure(lake, key)
  await lake.delete(`${DIRECTORY}/${key}${CHECKS}.json`)
}

/** Undefined where the asset's last step went well, or the note is damaged: it only serves to be shown. */
export const readFailure = (lake: Storage, key: string): Promise<Failure | undefined> =>
  readNote(lake, `${key}.json`, FAILURE)

export async function readNotes(lake: Storage): Promise<Notes> {
  const names = await lake.names(DIRECTORY)
  const [failures, checks] = await Promise.all([
    notesIn(names, /^(\w+)\.json$/, (name) => readNote(lake, name, FAILURE)),
    notesIn(names, /^(\w+)\.checks\.json$/, (name) => readNote(lake, name, CHECK_NOTE)),
  ])
  return { failures, checks }
}

/** Of the names that have the form, whose first group is the key. */
async function notesIn<Note>(
  names: readonly string[],
  form: RegExp,
  read: (name: string) => Promise<Note | undefined>,
): Promise<ReadonlyMap<string, Note>> {
  const keyed = names.flatMap((name) => {
    const key = form.exec(name)?.[1]
    return key === undefined ? [] : [{ key, name }]
  })
  const notes = await Promise.all(keyed.map(async ({ key, name }) => [key, await read(name)] as const))
  return new Map(notes.flatMap(([key, note]) => (note ? [[key, note] as const] : [])))
}

/** A damaged note is none: it only serves to be shown. */
async function readNote<Note>(lake: Storage, name: string, format: DocumentFormat<Note>): Promise<Note | undefined> {
  const note = await readDocument(lake, `${DIRECTORY}/${name}`, format)
  return note.kind === 'read' ? note.value : undefined
}
