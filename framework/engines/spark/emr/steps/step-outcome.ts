/** Decides how a step of an EMR cluster ended, from its state and that of its cluster. */
import type { JobEnd } from '../../launch/launcher.ts'
import { type ClusterView, isTerminating } from '../api/cluster-view.ts'
import { clusterLoss, clusterText, consoleLink, withFullStop } from '../api/emr-messages.ts'
import type { EmrStep } from '../api/emr-step.ts'

interface StepOutcomeContext {
  /** As seen after the step ended. */
  readonly cluster: ClusterView
  readonly region: string
  /** Whether the run has asked the step to stop. */
  readonly asked: boolean
}

/** The outcome of a step for which `hasEnded` is true. */
export function stepOutcome(step: EmrStep, { cluster, region, asked }: StepOutcomeContext): JobEnd {
  const { state } = step
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
export function unfinished(step: EmrStep, { cluster, region, asked }: StepOutcomeContext): JobEnd {
  const what = stepText(step, cluster)
  if (asked) return { kind: 'canceled', message: `${what} ended with its cluster.` }
  const { kind, message } = clusterLoss(cluster, region)
  return { kind, message: `${what} did not end: ${message}` }
}

function failureText({ failure: { reason, message, logFile } }: EmrStep): string {
  const stated = [reason, message].filter((text) => text !== '')
  if (stated.length === 0) return 'EMR gives no reason yet; its log is uploaded within five minutes. '
  return `${withFullStop(stated.join(': '))} ${logFile === undefined ? '' : `Its log is ${logFile} . `}`
}

function stepText({ id, name }: EmrStep, cluster: ClusterView): string {
  return `the step ${id} (${name}) on ${clusterText(cluster)}`
}
