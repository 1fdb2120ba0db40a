/** Makes the error of a command that the user interrupted. */
import { LakeError } from '../errors.ts'
import { withoutFullStop } from '../text/full-stop.ts'

/** `state` says what the command leaves behind: "Nothing was changed." */
export function interrupted(state: string): LakeError {
  return new LakeError('interrupted', { problem: `interrupted. ${withoutFullStop(state)}` })
}
