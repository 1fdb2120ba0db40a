/** Decides how a step of an EMR cluster ended, from its state and that of its cluster. */
import type { StepSummary } from '@aws-sdk/client-emr'
import type { JobEnd } from '../../launch/launcher.ts'
import { type ClusterView, isTerminating } from '../api/cluster-view.ts'
import { clusterLoss, clusterText, consoleLink, withFullStop } from '../api/emr-messages.ts'

/** False for a state that this version of lake does not know. */
export function hasEnded({ Status }: StepSummary): boolean {
  const state = Status?.State
  return state === 'COMPLETED' || state === 'FAILED' || state === 'CANCELLED' || state === 'INTERRUPTED'
}

export interface StepOutcomeContext {
  /** As seen after the step ended. */
  readonly cluster: ClusterView
  readonly region: string
  /** Whether the run has asked the step to stop. */
  readonly asked: boolean
}

/** The outcome of a step for which `hasEnded` is true. */
export function stepOutcome(step: StepSummary, { cluster, region, asked }: StepOutcomeContext): JobEnd {
  const state = step.Status?.State
  if (state === 'COMPLETED') return { kind: 'completed' }
  const what = stepText(step, cluster)
  if (asked) return { kind: 'canceled', message: `${what} was cancelled.` }
  if (isTerminating(cluster)) return unfinished(step, { cluster, region, asked })
  const link = `See ${consoleLink(region, cluster.id)}`
  if (state === 'CANCELLED')
    return { kind: 'canceled', message: `${what} was cancelled, though not by this run. ${link}` }
  if (state === 'INTERRUPTED') return { kind: 'lost', message: `${what} was interrupted by EMR. ${link}` }
  return { kind: 'failed', message: `${what} failed. ${failureText(step)}${link}` }
}

/** The outcome of a step that had not ended when its cluster ended. */
export function unfinished(step: StepSummary, { cluster, region, asked }: StepOutcomeContext): JobEnd {
  const what = stepText(step, cluster)
  if (asked) return { kind: 'canceled', message: `${what} ended with its cluster.` }
  const { kind, message } = clusterLoss(cluster, region)
  return { kind, message: `${what} did not end: ${message}` }
}

/** EMR can report the details later, or never. */
function failureText({ Status }: StepSummary): string {
  const { Reason, Message, LogFile } = Status?.FailureDetails ?? {}
  const stated = [Reason, Message ?? Status?.StateChangeReason?.Message].filter(
    (text) => text !== undefined && text !== '',
  )
  if (stated.length === 0) return 'EMR gives no reason yet; its log is uploaded within five minutes. '
  return `${withFullStop(stated.join(': '))} ${LogFile === undefined ? '' : `Its log is ${LogFile} . `}`
}

function stepText({ Id, Name }: StepSummary, cluster: ClusterView): string {
  return `the step ${Id} (${Name}) on ${clusterText(cluster)}`
}
