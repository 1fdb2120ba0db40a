/**
 * Ends what a run uses on EMR: terminates its own clusters, and cancels its steps on other
 * clusters.
 */
import { asOneError, LakeError } from '../../../../errors.ts'
import type { EmrAccess } from '../clusters/find-cluster.ts'
import { terminate } from '../clusters/orphaned-clusters.ts'
import type { RunClusters } from '../clusters/run-clusters.ts'
import type { SubmittedStep } from './submit-step.ts'

/** How long to wait for cancelled steps to end after the first request to kill their processes. */
const ENDING_MS = 60_000

export interface CancelableStep extends SubmittedStep {
  cancel(): Promise<void>
}

interface ShutdownContext {
  readonly access: EmrAccess
  readonly clusters: RunClusters
  readonly steps: readonly CancelableStep[]
  readonly graceMs: number
}

/**
 * Waits until the steps have ended. Does as much as possible, then throws an error about what could
 * not be done.
 */
export async function shutDown({ access, clusters, steps, graceMs }: ShutdownContext): Promise<void> {
  const open = steps.filter(({ polled }) => !polled.hasEnded() && !polled.isUnseen())
  for (const { polled } of open) polled.markCanceled()
  const terminations = terminateAll(access, clusters)
  const cancellations = open.filter(({ ours }) => !ours).map((step) => step.cancel())
  const results = await Promise.allSettled([...terminations, ...cancellations])
  const ended = new AbortController()
  const allEnded = Promise.all(open.map(({ polled }) => polled.ended)).then(() => ended.abort())
  await Promise.race([allEnded, access.retryPolicy.clock.wait(graceMs + ENDING_MS, ended.signal)])
  throwFailures(results)
}

/** Known clusters are terminated first, so that they end even if the search for others fails. */
function terminateAll(access: EmrAccess, clusters: RunClusters): readonly Promise<unknown>[] {
  const known = clusters.known()
  const others = clusters.ours().then(async (ids) => {
    const unknown = ids.filter((id) => !known.includes(id))
    throwFailures(await Promise.allSettled(unknown.map((id) => terminate(access, id))))
  })
  return [...known.map((id) => terminate(access, id)), others]
}

function throwFailures(results: readonly PromiseSettledResult<unknown>[]): void {
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
  if (failures.length > 0) throw combined(failures)
}

/**
 * One error that names each cluster that could not be terminated. If one of the errors is a bug, it
 * comes first.
 */
function combined(errors: readonly unknown[]): unknown {
  const bug = errors.find((error) => !(error instanceof LakeError))
  return bug ?? asOneError(errors.filter((error) => error instanceof LakeError))
}
