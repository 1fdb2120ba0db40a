import * as z from 'zod'
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
}

const FAILURE: DocumentFormat<Failure> = {
  schema: z.object({ runId: runIdSchema, at: z.iso.datetime(), error: errorReportSchema }),
  mostBytes: 16 * 1024 * 1024,
}

/** A note of what `lake status` shows as failed; whether the asset is stale is decided without it. */
export async function noteFailure(lake: Storage, key: string, failure: Failure): Promise<void> {
  await lake.put(`${DIRECTORY}/${key}.json`, withoutKnownSecrets(JSON.stringify(failure)))
}

export async function clearFailure(lake: Storage, key: string): Promise<void> {
  await lake.delete(`${DIRECTORY}/${key}.json`)
}

/** Undefined where the asset's last step went well, or the note is damaged: it only serves to be shown. */
export async function readFailure(lake: Storage, key: string): Promise<Failure | undefined> {
  const note = await readDocument(lake, `${DIRECTORY}/${key}.json`, FAILURE)
  return note.kind === 'read' ? note.value : undefined
}

export async function readFailures(lake: Storage): Promise<ReadonlyMap<string, Failure>> {
  const keys = (await lake.names(DIRECTORY)).flatMap((name) => /^(\w+)\.json$/.exec(name)?.[1] ?? [])
  const failures = await Promise.all(keys.map(async (key) => [key, await readFailure(lake, key)] as const))
  return new Map(failures.flatMap(([key, failure]) => (failure ? [[key, failure] as const] : [])))
}
