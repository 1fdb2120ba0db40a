/** Reports that another run holds a claim that this run needs, or has taken a claim of this run. */
import { LakeError } from '../../errors.ts'
import { type Claim, claimedSince } from './claim.ts'
import type { HeldClaims } from './claim-assets.ts'

/**
 * The claim of a vacuum, which deletes files, or of a rollback, which brings files back into a
 * table. It keeps them from running at the same time. No asset's key begins with an underscore.
 */
export const FILES_CLAIM = '_files'

/** Makes the error `held`, which names the run that holds the claim. */
export function heldBy(claim: Claim): LakeError {
  const { key, runId, host, pid, expiresAt } = claim
  const since = claimedSince(claim)
  return new LakeError('held', {
    problem: describeHolder(claim),
    remedy: `Wait for it to end (materialize does so with --wait), or stop it; if it has died, its claim ends by itself at ${expiresAt}.`,
    ...(key !== FILES_CLAIM && { asset: key }),
    details: { runId, host, pid, expiresAt, ...(since !== undefined && { since }) },
  })
}

/** Says who holds a claim: `songs is being built by the run R (process 7 on H, since ...)`. */
export function describeHolder(claim: Claim): string {
  const { key, runId, host, pid } = claim
  const since = claimedSince(claim)
  const holder = `the run ${runId} (process ${pid} on ${host}${since === undefined ? '' : `, since ${since}`})`
  return key === FILES_CLAIM
    ? `files are being deleted or rolled back by ${holder}`
    : `${key} is being built by ${holder}`
}

/** Throws `commit-conflict` if another run has taken the claim of this one. */
export async function refuseLostClaim(claims: Pick<HeldClaims, 'holds'>, key: string): Promise<void> {
  if (!(await claims.holds(key))) throw lostClaim(key)
}

/** Makes the error `commit-conflict` of a run whose claim another run has taken. */
export function lostClaim(key: string): LakeError {
  return new LakeError('commit-conflict', {
    problem:
      `another run has taken the claim on ${key === FILES_CLAIM ? 'files' : key}, because this run had not renewed its ` +
      'lease: it stood still, or could not reach the lake. Nothing was changed since',
    remedy: 'Run the command again.',
    ...(key !== FILES_CLAIM && { asset: key }),
  })
}
