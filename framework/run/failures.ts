import type { Storage } from '../storage/storage.ts'
import type { ErrorReport } from './error-report.ts'
import { parseStored } from './stored-json.ts'

const DIRECTORY = '_lake/failures'

/** The last failure of an asset that has not been materialized since. */
export interface Failure {
  readonly runId: string
  readonly at: string
  readonly error: ErrorReport
}

/** A note of what `lake status` shows as failed; whether the asset is stale is decided without it. */
export async function noteFailure(lake: Storage, key: string, failure: Failure): Promise<void> {
  await lake.put(`${DIRECTORY}/${key}.json`, JSON.stringify(failure))
}

export async function clearFailure(lake: Storage, key: string): Promise<void> {
  await lake.delete(`${DIRECTORY}/${key}.json`)
}

/** Undefined where the asset's last step went well, or the note is damaged: it only serves to be shown. */
export async function readFailure(lake: Storage, key: string): Promise<Failure | undefined> {
  const stored = await lake.read(`${DIRECTORY}/${key}.json`)
  return stored && parseStored<Failure>(Buffer.from(stored.body).toString('utf8'))
}

export async function readFailures(lake: Storage): Promise<ReadonlyMap<string, Failure>> {
  const names = await lake.names(DIRECTORY)
  const failures = await Promise.all(
    names.map(async (name) => [name, await lake.read(`${DIRECTORY}/${name}`)] as const),
  )
  return new Map(
    failures.flatMap(([name, stored]) => {
      // A damaged note is left out: it only serves to be shown.
      const failure = stored && parseStored<Failure>(Buffer.from(stored.body).toString('utf8'))
      return failure ? [[name.replace(/\.json$/, ''), failure] as const] : []
    }),
  )
}
