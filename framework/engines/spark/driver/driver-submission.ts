import type { SparkGranularity } from '../../../declare/project.ts'
import type { Storage } from '../../../storage/storage.ts'
import type { JobSubmission } from '../launch/launcher.ts'
import type { Uris } from '../protocol/hadoop-uris.ts'

/** What the submissions of a run are made of. */
export interface DriverPlaces {
  readonly lake: Storage
  readonly runId: string
  readonly uris: Uris
  readonly granularity: SparkGranularity
}

/** What follows in an asset's step comes sooner. */
const IDLE_SECONDS = 5

/** Whose steps go to one driver: all of the run's, or an asset's. */
export function driverScope(granularity: SparkGranularity, asset: string): string {
  return granularity === 'session' ? 'session' : asset
}

/** Where a run keeps the directories of its drivers. */
export const mailboxesOf = (runId: string): string => `_lake/spark/${runId}`

/** The directory of the lake in which the driver finds its steps. `number` counts the drivers of the scope from 1. */
export function driverDirectory(runId: string, scope: string, number: number): string {
  return `${mailboxesOf(runId)}/${scope}-${number}`
}

/** A driver that stays up and takes steps; that of one asset ends when there is nothing more to do for it. */
export function driverSubmission(places: DriverPlaces, scope: string, number: number): JobSubmission {
  const { lake, runId, uris, granularity } = places
  const directory = uris.toHadoop(lake.locate(driverDirectory(runId, scope, number)))
  const idle = granularity === 'step' ? ['--idle', String(IDLE_SECONDS)] : []
  return { name: `lake ${runId}/${scope}/${number}`, arguments: ['--session', directory, ...idle] }
}
