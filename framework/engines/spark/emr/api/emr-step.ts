/** Describes a step of an EMR cluster as EMR has listed it. */
import type { StepSummary } from '@aws-sdk/client-emr'
import { present } from './answer.ts'

/** A step as last seen. A state that this version of lake does not know counts as running. */
export interface EmrStep {
  readonly id: string
  readonly name: string
  /** '' if EMR gives none. */
  readonly state: string
  readonly failure: StepFailure
}

/** Why a step failed. EMR can report it later than the state, or never. */
interface StepFailure {
  /** '' if EMR gives none. */
  readonly reason: string
  /** '' if EMR gives none. */
  readonly message: string
  readonly logFile: string | undefined
}

export const NO_FAILURE: StepFailure = { reason: '', message: '', logFile: undefined }

/** Throws if the step has no id: then the answer counts as lost. */
export function emrStep({ Id, Name = '', Status = {} }: StepSummary): EmrStep {
  const { State = '', StateChangeReason, FailureDetails } = Status
  const { Reason = '', Message = StateChangeReason?.Message ?? '', LogFile } = FailureDetails ?? {}
  return {
    id: present(Id, 'Id of a step'),
    name: Name,
    state: State,
    failure: { reason: Reason, message: Message, logFile: LogFile },
  }
}

/** False for a state that this version of lake does not know. */
export const hasEnded = ({ state }: EmrStep): boolean =>
  ['COMPLETED', 'FAILED', 'CANCELLED', 'INTERRUPTED'].includes(state)
