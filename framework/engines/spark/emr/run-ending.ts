import type { EmrAccess } from './find-cluster.ts'
import { terminate } from './left-clusters.ts'
import type { RunClusters } from './run-clusters.ts'
import type { SubmittedStep } from './submission.ts'

/** So long the end of what was cancelled is waited for, once it has been insisted on. */
const ENDING_MS = 60_000

export interface CancelableStep extends SubmittedStep {
  cancel(): Promise<void>
}

export interface EndingRun {
  readonly access: EmrAccess
  readonly clusters: RunClusters
  readonly jobs: readonly CancelableStep[]
  readonly graceMs: number
}

/** Terminates the run's own clusters, cancels what runs on others, and waits until it has ended. Throws what could not be done, after all of it. */
export async function endRun({ access, clusters, jobs, graceMs }: EndingRun): Promise<void> {
  const open = jobs.filter((job) => !job.hasEnded())
  for (const job of open) job.asked()
  const terminated = await terminations(access, clusters)
  const canceled = open.filter(({ ours }) => !ours).map((job) => job.cancel())
  const results = await Promise.allSettled([...terminated, ...canceled])
  const ended = new AbortController()
  const all = Promise.all(open.map((job) => job.ended)).then(() => ended.abort())
  await Promise.race([all, access.patience.clock.wait(graceMs + ENDING_MS, ended.signal)])
  const failed = results.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}

async function terminations(access: EmrAccess, clusters: RunClusters): Promise<readonly Promise<void>[]> {
  try {
    return (await clusters.ours()).map((id) => terminate(access, id))
  } catch (error) {
    return [Promise.reject(error)]
  }
}
