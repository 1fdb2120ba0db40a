import { LakeError } from '../../../../errors.ts'
import type { EmrAccess } from '../clusters/find-cluster.ts'
import { terminate } from '../clusters/orphaned-clusters.ts'
import type { RunClusters } from '../clusters/run-clusters.ts'
import type { SubmittedStep } from './submit-step.ts'

/** So long the end of what was cancelled is waited for, once it has been insisted on. */
const ENDING_MS = 60_000

export interface CancelableStep extends SubmittedStep {
  cancel(): Promise<void>
}

export interface ShutdownContext {
  readonly access: EmrAccess
  readonly clusters: RunClusters
  readonly jobs: readonly CancelableStep[]
  readonly graceMs: number
}

/** Terminates the run's own clusters, cancels what runs on others, and waits until it has ended. Throws what could not be done, after all of it. */
export async function shutDown({ access, clusters, jobs, graceMs }: ShutdownContext): Promise<void> {
  const open = jobs.filter((job) => !job.hasEnded() && !job.isUnseen())
  for (const job of open) job.asked()
  const terminated = terminations(access, clusters)
  const canceled = open.filter(({ ours }) => !ours).map((job) => job.cancel())
  const results = await Promise.allSettled([...terminated, ...canceled])
  const ended = new AbortController()
  const all = Promise.all(open.map((job) => job.ended)).then(() => ended.abort())
  await Promise.race([all, access.patience.clock.wait(graceMs + ENDING_MS, ended.signal)])
  const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (failed.length > 0) throw allOf(failed)
}

/** What is known is ended first: that others cannot be looked for must not keep it up. */
function terminations(access: EmrAccess, clusters: RunClusters): readonly Promise<unknown>[] {
  const known = clusters.known()
  const others = clusters.ours().then(async (ids) => {
    const results = await Promise.allSettled(ids.filter((id) => !known.includes(id)).map((id) => terminate(access, id)))
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    if (failed.length > 0) throw allOf(failed)
  })
  return [...known.map((id) => terminate(access, id)), others]
}

/** Each cluster that could not be ended is named. A bug comes before all else. */
function allOf(errors: readonly unknown[]): unknown {
  const bug = errors.find((error) => !(error instanceof LakeError))
  const known = errors.filter((error) => error instanceof LakeError)
  const [first, ...others] = known
  if (bug !== undefined || !first || others.length === 0) return bug ?? first
  return new LakeError(first.code, known.map(({ message }) => message).join('\n'), { cause: first })
}
