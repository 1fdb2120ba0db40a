/** Reports that another run holds a claim that this one needs. */
import { LakeError } from '../errors.ts'
import type { Claim } from './claims.ts'

/**
 * The claim of a vacuum, which deletes files, and of a rollback, which brings files back into a
 * table. It keeps them from running at the same time. No asset's key begins with an underscore.
 */
export const FILES_CLAIM = '_files'

/** Makes the error `held`, which names the run that holds the claim. */
export function heldBy({ key, runId, host, pid, expiresAt }: Claim): LakeError {
  const holder = `the run ${runId} (process ${pid} on ${host})`
  const what =
    key === FILES_CLAIM ? `files are being deleted or rolled back by ${holder}` : `${key} is being built by ${holder}`
  return new LakeError('held', {
    problem: what,
    remedy: `Wait for it to end, or stop it; if it has died, its claim ends by itself at ${expiresAt}.`,
    ...(key !== FILES_CLAIM && { asset: key }),
    details: { runId, host, pid, expiresAt },
  })
}
