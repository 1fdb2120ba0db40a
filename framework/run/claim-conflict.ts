import { LakeError } from '../errors.ts'
import type { Claim } from './claims.ts'

/**
 * Claimed by what deletes files and by what brings deleted files back into a table: never both at once. No asset's key begins with
 * an underscore.
 */
export const FILES_CLAIM = '_files'

/** `held`, with who has what is needed. */
export function heldBy({ key, runId, host, pid, expiresAt }: Claim): LakeError {
  const who = `the run ${runId} (process ${pid} on ${host})`
  const what =
    key === FILES_CLAIM ? `files are being deleted or rolled back by ${who}` : `${key} is being built by ${who}`
  return new LakeError(
    'held',
    `${what}. Wait for it to end, or stop it; should it have died, its claim ends by itself at ${expiresAt}.`,
    { ...(key !== FILES_CLAIM && { asset: key }), details: { runId, host, pid, expiresAt } },
  )
}
