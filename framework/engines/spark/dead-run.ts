import type { Storage } from '../../storage/storage.ts'
import { driverDirectory } from './driver-submission.ts'
import type { JobResult } from './job-spec.ts'
import { Mailbox } from './mailbox.ts'

/** Where a run keeps its mailboxes, one a driver, and the files that are not published yet. */
const mailboxesOf = (runId: string): string => `_lake/spark/${runId}`
export const scratchOf = (runId: string): string => `_lake/scratch/${runId}`

/** A driver that a run which was killed had started: it may still be at work, or its results lie there. */
export interface LeftDriver {
  readonly runId: string
  /** Of the run's drivers for the same. */
  readonly number: number
  readonly mailbox: Mailbox
  /** What a step asks for -> its name. */
  readonly steps: ReadonlyMap<string, string>
}

/** The last driver that the dead run started for `scope` (`session`, or an asset), if it ever gave it something to do. */
export async function leftDriver(lake: Storage, runId: string, scope: string): Promise<LeftDriver | undefined> {
  const directory = `${mailboxesOf(runId)}/`
  const numbers = (await lake.list(mailboxesOf(runId))).flatMap(({ path }) => {
    const [, of, number] = /^(.+)-(\d+)\/\d+\.spec\.json$/.exec(path.slice(directory.length)) ?? []
    return of === scope ? [Number(number)] : []
  })
  if (numbers.length === 0) return undefined
  const number = Math.max(...numbers)
  const mailbox = new Mailbox(lake, driverDirectory(runId, scope, number))
  return { runId, number, mailbox, steps: await mailbox.steps() }
}

/** False where a file that the step wrote is gone: it was published, or cleared away. */
export async function isWhole(
  lake: Storage,
  { runId }: LeftDriver,
  result: JobResult,
  locations: (value: unknown) => readonly string[],
): Promise<boolean> {
  if (result.status !== 'succeeded') return false
  const there = new Set((await lake.list(scratchOf(runId))).map(({ path }) => lake.locate(path)))
  return locations(result.value).every((location) => there.has(location))
}

/** Takes away what a run used on the way, once it has ended or what is of use of it has been taken up. */
export async function clearRun(lake: Storage, runId: string): Promise<void> {
  for (const directory of [mailboxesOf(runId), scratchOf(runId)]) {
    for (const { path } of await lake.list(directory)) await lake.delete(path)
  }
}
