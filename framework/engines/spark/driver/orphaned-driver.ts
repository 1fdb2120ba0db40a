/** Finds the driver that a killed run left behind, with the steps that the run gave to it. */
import type { Storage } from '../../../storage/storage.ts'
import { Mailbox } from '../protocol/mailbox.ts'
import type { JobResult } from '../protocol/schema/results.ts'
import { driverDirectory, mailboxesOf } from './driver-submission.ts'

/** The directory of the lake for a run's unpublished files. */
export const scratchOf = (runId: string): string => `_lake/scratch/${runId}`

/** A driver of a killed run. It can still be working. Its results are in its mailbox. */
export interface OrphanedDriver {
  readonly runId: string
  /** Counts the drivers of the run for this scope from 1. */
  readonly number: number
  readonly mailbox: Mailbox
  /** Identity of a spec -> the step's name. */
  readonly steps: ReadonlyMap<string, string>
}

/**
 * The dead run's last driver for `scope` (`session`, or an asset) that got a step. If none got one,
 * the last driver that the run started or was about to start.
 */
export async function orphanedDriver(lake: Storage, runId: string, scope: string): Promise<OrphanedDriver | undefined> {
  const directory = `${mailboxesOf(runId)}/`
  const files = (await lake.list(mailboxesOf(runId))).flatMap(({ path }) => {
    const [, driverScope, number, name = ''] = /^(.+)-(\d+)\/([^/]+)$/.exec(path.slice(directory.length)) ?? []
    return driverScope === scope ? [{ number: Number(number), isSpec: name.endsWith('.spec.json') }] : []
  })
  if (files.length === 0) return undefined
  const specs = files.filter(({ isSpec }) => isSpec)
  const number = Math.max(...(specs.length > 0 ? specs : files).map((file) => file.number))
  const mailbox = new Mailbox(lake, driverDirectory(runId, scope, number))
  return { runId, number, mailbox, steps: await mailbox.steps() }
}

/** False if a file that the step wrote is missing, because it was published or deleted. */
export async function isWhole(
  lake: Storage,
  { runId }: OrphanedDriver,
  result: JobResult,
  locations: (value: unknown) => readonly string[],
): Promise<boolean> {
  if (result.status !== 'succeeded') return false
  const existing = new Set((await lake.inventory(scratchOf(runId))).map(({ path }) => lake.locate(path)))
  return locations(result.value).every((location) => existing.has(location))
}

/**
 * Deletes the mailboxes and unpublished files of a run that has ended, or whose results were
 * adopted.
 */
export async function clearRun(lake: Storage, runId: string): Promise<void> {
  for (const directory of [mailboxesOf(runId), scratchOf(runId)]) {
    for (const { path } of await lake.inventory(directory)) await lake.delete(path)
  }
}
