/** Stores the last failure and the last check results of each asset, for `lake status`. */
import * as z from 'zod'
import type { KeyChange } from '../observe/provenance.ts'
import type { Storage } from '../storage/storage.ts'
import { type DocumentFormat, readDocument } from '../storage/stored-document.ts'
import { MIB } from '../storage/units.ts'
import { withoutKnownSecrets } from '../text/redact.ts'
import { type FailedCheck, failedCheckSchema } from './error-details.ts'
import { type ErrorReport, errorReportSchema } from './error-report.ts'
import { runIdSchema } from './run-id.ts'

const DIRECTORY = '_lake/failures'

/** The last failure of an asset that has not been materialized since. */
export interface Failure {
  readonly runId: string
  readonly at: string
  readonly error: ErrorReport
  /** The code and the inputs of the failed attempt. Missing in notes of older versions of lake. */
  readonly attempt?: Attempt
}

export interface Attempt {
  /** The code version. */
  readonly code: string
  /** Hash of the checks; see `AssetCode`. */
  readonly checks?: string
  /** Upstream key -> its version. */
  readonly inputs: Readonly<Record<string, number>>
}

/** The results of `lake check` for one asset. */
interface CheckNote {
  readonly at: string
  /** The version whose rows were checked. */
  readonly version: number
  /** Descriptions of all checks that ran. */
  readonly checks: readonly string[]
  /** The checks that rows failed. */
  readonly failed: readonly FailedCheck[]
}

/** No key of an asset contains a dot, so this never matches the note of a failure. */
const CHECKS = '.checks'

/**
 * Stores check results for `lake status`. Only a run records in the table itself which checks its
 * rows have passed.
 */
export async function noteChecks(lake: Storage, key: string, note: CheckNote): Promise<void> {
  await lake.put(`${DIRECTORY}/${key}${CHECKS}.json`, withoutKnownSecrets(JSON.stringify(note)))
}

/** All notes, by asset key. */
export interface Notes {
  readonly failures: ReadonlyMap<string, Failure>
  readonly checks: ReadonlyMap<string, CheckNote>
}

const MOST_BYTES = 16 * MIB

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
    failed: z.array(failedCheckSchema),
  }),
  mostBytes: MOST_BYTES,
}

/** Stores a failure for `lake status`. Staleness does not depend on it. */
export async function noteFailure(lake: Storage, key: string, failure: Failure): Promise<void> {
  await lake.put(`${DIRECTORY}/${key}.json`, withoutKnownSecrets(JSON.stringify(failure)))
}

export async function clearFailure(lake: Storage, key: string): Promise<void> {
  await lake.delete(`${DIRECTORY}/${key}.json`)
}

/** Moves the note of check results: they hold for the rows under another key too. */
export async function moveCheckNote(lake: Storage, { from, to }: KeyChange): Promise<void> {
  const note = await readNote(lake, `${from}${CHECKS}.json`, CHECK_NOTE)
  if (note) await noteChecks(lake, to, note)
}

/** Deletes the notes of a dropped table. */
export async function forgetNotes(lake: Storage, key: string): Promise<void> {
  await clearFailure(lake, key)
  await lake.delete(`${DIRECTORY}/${key}${CHECKS}.json`)
}

/** Returns undefined if the last step succeeded or the note is damaged: notes are only shown. */
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

/** Reads the notes whose names match the form. Its first group is the key. */
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

/** Returns undefined for a damaged note: notes are only shown. */
async function readNote<Note>(lake: Storage, name: string, format: DocumentFormat<Note>): Promise<Note | undefined> {
  const note = await readDocument(lake, `${DIRECTORY}/${name}`, format)
  return note.kind === 'read' ? note.value : undefined
}
