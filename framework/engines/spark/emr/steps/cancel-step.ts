import type { StepCancellationOption } from '@aws-sdk/client-emr'
import { callError } from '../api/emr-messages.ts'
import { withRetries } from '../api/retry.ts'
import type { EmrAccess } from '../clusters/find-cluster.ts'
import type { SubmittedStep } from './submit-step.ts'

/** How often the end of its processes is asked for, each after the same while. */
const INSISTENCE = 5

/** Interrupts the step, and has its processes killed where it is still there after a while. Settles when it is interrupted. */
export async function cancelStep(access: EmrAccess, step: SubmittedStep, graceMs: number): Promise<void> {
  step.asked()
  await ask(access, step, 'SEND_INTERRUPT')
  void insist(access, step, graceMs)
}

async function insist(access: EmrAccess, step: SubmittedStep, graceMs: number): Promise<void> {
  const ended = new AbortController()
  void step.ended.then(() => ended.abort())
  for (let time = 1; time <= INSISTENCE; time++) {
    await access.patience.clock.wait(graceMs, ended.signal)
    if (ended.signal.aborted) return
    // Whether it helped is seen from the step.
    await ask(access, step, 'TERMINATE_PROCESS').catch(() => undefined)
  }
}

/** EMR may take the request and not follow it, or say that the step has ended already: only its state tells. */
async function ask(access: EmrAccess, step: SubmittedStep, option: StepCancellationOption): Promise<void> {
  const request = { ClusterId: step.clusterId, StepIds: [step.step.Id ?? ''], StepCancellationOption: option }
  try {
    await withRetries(access.patience, () => access.api.cancelSteps(request))
  } catch (error) {
    throw callError(`the step ${step.step.Id} on the cluster ${step.clusterId} could not be cancelled`, error)
  }
}
