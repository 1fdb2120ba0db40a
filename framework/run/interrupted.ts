/** Makes the error of a command that the user interrupted. */
import { LakeError } from '../errors.ts'

/** `state` says what the command leaves behind: "Nothing was changed." */
export function interrupted(state: string): LakeError {
  return new LakeError('interrupted', { problem: `interrupted. ${state.replace(/\.$/, '')}` })
}
