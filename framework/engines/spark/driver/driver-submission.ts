/** Names the drivers of a run: their scopes, their mailboxes in the lake, and their submissions. */
import type { SparkGranularity } from '../../../declare/project.ts'
import type { Storage } from '../../../storage/storage.ts'
import type { JobSubmission } from '../launch/launcher.ts'
import type { Uris } from '../protocol/hadoop-uris.ts'

/** The common parts of a run's submissions. */
interface DriverOptions {
  readonly lake: Storage
  readonly runId: string
  readonly uris: Uris
  readonly granularity: SparkGranularity
}

/**
 * How long an asset's driver waits for its next step. An asset's steps follow each other within
 * this time.
 */
const IDLE_SECONDS = 5

/** All steps of one scope go to one driver: the steps of the run, or of one asset. */
export function driverScope(granularity: SparkGranularity, asset: string): string {
  return granularity === 'session' ? 'session' : asset
}

/** The directory of the lake that holds the mailboxes of a run's drivers. */
export const mailboxesOf = (runId: string): string => `_lake/spark/${runId}`

/** The driver's mailbox. `number` counts the drivers of the scope from 1. */
export function driverDirectory(runId: string, scope: string, number: number): string {
  return `${mailboxesOf(runId)}/${scope}-${number}`
}

/**
 * Submits a driver that stays up and takes steps. An asset's driver ends when no more steps come.
 */
export function driverSubmission(options: DriverOptions, scope: string, number: number): JobSubmission {
  const { lake, runId, uris, granularity } = options
  const directory = uris.toHadoop(lake.locate(driverDirectory(runId, scope, number)))
  const idle = granularity === 'step' ? ['--idle', String(IDLE_SECONDS)] : []
  return { name: `lake ${runId}/${scope}/${number}`, arguments: ['--session', directory, ...idle] }
}
