import { LakeError } from '../errors.ts'

/** What a command ends with that was told to stop: `state` says how it leaves things. */
export function interrupted(state: string): LakeError {
  return new LakeError('interrupted', `interrupted. ${state}`)
}
