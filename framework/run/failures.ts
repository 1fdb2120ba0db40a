import * as z from 'zod'
import type { Storage } from '../storage/storage.ts'
import type { ErrorReport } from './error-report.ts'
import { parseStored } from './stored-json.ts'

const DIRECTORY = '_lake/failures'

const attemptSchema = z.looseObject({
  code: z.string(),
  checks: z.string().optional(),
  inputs: z.record(z.string(), z.number()),
})

const failureSchema = z.looseObject({
  runId: z.string(),
  at: z.string(),
  error: z.looseObject({ code: z.string(), message: z.string() }),
  attempt: attemptSchema.optional(),
})

const checkNoteSchema = z.looseObject({
  at: z.string(),
  version: z.number(),
  checks: z.array(z.string()),
  failed: z.array(z.looseObject({ check: z.string(), severity: z.enum(['error', 'warn']), rows: z.number() })),
})

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
  await lake.put(`${DIRECTORY}/${key}${CHECKS}.json`, JSON.stringify(note))
}

/** What is noted of assets, by key. */
export interface Notes {
  readonly failures: ReadonlyMap<string, Failure>
  readonly checks: ReadonlyMap<string, CheckNote>
}

/** A note of what `lake status` shows as failed; whether the asset is stale is decided without it. */
export async function noteFailure(lake: Storage, key: string, failure: Failure): Promise<void> {
  await lake.put(`${DIRECTORY}/${key}.json`, JSON.stringify(failure))
}

export async function clearFailure(lake: Storage, key: string): Promise<void> {
  await lake.delete(`${DIRECTORY}/${key}.json`)
}

/** Of a table that is no more. */
export async function forgetNotes(lake: Storage, key: string): Promise<void> {
  await clearFailure(lake, key)
  await lake.delete(`${DIRECTORY}/${key}${CHECKS}.json`)
}

export async function readNotes(lake: Storage): Promise<Notes> {
  const names = await lake.names(DIRECTORY)
  const notes = await Promise.all(names.map((name) => readNote(lake, name)))
  const failures = notes.flatMap(({ key, note }) => {
    const failure = key.endsWith(CHECKS) ? undefined : failureSchema.safeParse(note).data
    return failure ? [[key, failure as Failure] as const] : []
  })
  const checks = notes.flatMap(({ key, note }) => {
    const found = key.endsWith(CHECKS) ? checkNoteSchema.safeParse(note).data : undefined
    return found ? [[key.slice(0, -CHECKS.length), found] as const] : []
  })
  return { failures: new Map(failures), checks: new Map(checks) }
}

/** A damaged note is none: it only serves to be shown. */
async function readNote(lake: Storage, name: string): Promise<{ readonly key: string; readonly note: unknown }> {
  const stored = await lake.read(`${DIRECTORY}/${name}`)
  const note = stored && parseStored<unknown>(Buffer.from(stored.body).toString('utf8'))
  return { key: name.replace(/\.json$/, ''), note }
}
