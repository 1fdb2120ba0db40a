/**
 * Cancels a step of an EMR cluster: interrupts it first, and kills its processes if it does not
 * end.
 */
import type { StepCancellationOption } from '@aws-sdk/client-emr'
import { callError } from '../api/emr-messages.ts'
import { withRetries } from '../api/retry.ts'
import type { EmrAccess } from '../clusters/find-cluster.ts'
import type { SubmittedStep } from './submit-step.ts'

/** Maximum number of requests to kill the step's processes, `graceMs` apart. */
const MAX_KILLS = 5

/**
 * Settles when EMR has accepted the interrupt. The kills follow automatically until the step has
 * ended.
 */
export async function cancelStep(access: EmrAccess, step: SubmittedStep, graceMs: number): Promise<void> {
  step.polled.markCanceled()
  await requestCancel(access, step, 'SEND_INTERRUPT')
  void killUntilEnded(access, step, graceMs)
}

async function killUntilEnded(access: EmrAccess, step: SubmittedStep, graceMs: number): Promise<void> {
  const ended = new AbortController()
  void step.polled.ended.then(() => ended.abort())
  for (let kills = 1; kills <= MAX_KILLS; kills++) {
    await access.retryPolicy.clock.wait(graceMs, ended.signal)
    if (ended.signal.aborted) return
    // The poller sees whether the request had an effect.
    await requestCancel(access, step, 'TERMINATE_PROCESS').catch(() => undefined)
  }
}

/**
 * EMR can accept the request and not act on it, or answer that the step has ended already. Only the
 * step's state shows what happened.
 */
async function requestCancel(access: EmrAccess, step: SubmittedStep, option: StepCancellationOption): Promise<void> {
  const { clusterId, polled } = step
  const request = { ClusterId: clusterId, StepIds: [polled.id], StepCancellationOption: option }
  try {
    await withRetries(access.retryPolicy, () => access.api.cancelSteps(request))
  } catch (error) {
    throw callError(`the step ${polled.id} on the cluster ${clusterId} could not be cancelled`, error)
  }
}
