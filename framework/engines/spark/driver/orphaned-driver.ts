import type { Storage } from '../../../storage/storage.ts'
import type { JobResult } from '../protocol/job-spec.ts'
import { Mailbox } from '../protocol/mailbox.ts'
import { driverDirectory, mailboxesOf } from './driver-submission.ts'

/** Where a run keeps the files that are not published yet. */
export const scratchOf = (runId: string): string => `_lake/scratch/${runId}`

/** A driver that a run which was killed had started: it may still be at work, or its results lie there. */
export interface OrphanedDriver {
  readonly runId: string
  /** Of the run's drivers for the same. */
  readonly number: number
  readonly mailbox: Mailbox
  /** What a step asks for -> its name. */
  readonly steps: ReadonlyMap<string, string>
}

/**
 * The last driver of the dead run for `scope` (`session`, or an asset) that was given something to do; where none was, the last that it started,
 * or was about to start.
 */
export async function orphanedDriver(lake: Storage, runId: string, scope: string): Promise<OrphanedDriver | undefined> {
  const directory = `${mailboxesOf(runId)}/`
  const files = (await lake.list(mailboxesOf(runId))).flatMap(({ path }) => {
    const [, of, number, name = ''] = /^(.+)-(\d+)\/([^/]+)$/.exec(path.slice(directory.length)) ?? []
    return of === scope ? [{ number: Number(number), isSpec: name.endsWith('.spec.json') }] : []
  })
  if (files.length === 0) return undefined
  const told = files.filter(({ isSpec }) => isSpec)
  const number = Math.max(...(told.length > 0 ? told : files).map((file) => file.number))
  const mailbox = new Mailbox(lake, driverDirectory(runId, scope, number))
  return { runId, number, mailbox, steps: await mailbox.steps() }
}

/** False where a file that the step wrote is gone: it was published, or cleared away. */
export async function isWhole(
  lake: Storage,
  { runId }: OrphanedDriver,
  result: JobResult,
  locations: (value: unknown) => readonly string[],
): Promise<boolean> {
  if (result.status !== 'succeeded') return false
  const there = new Set((await lake.inventory(scratchOf(runId))).map(({ path }) => lake.locate(path)))
  return locations(result.value).every((location) => there.has(location))
}

/** Takes away what a run used on the way, once it has ended or what is of use of it has been taken up. */
export async function clearRun(lake: Storage, runId: string): Promise<void> {
  for (const directory of [mailboxesOf(runId), scratchOf(runId)]) {
    for (const { path } of await lake.inventory(directory)) await lake.delete(path)
  }
}
