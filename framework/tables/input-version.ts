/** Finds the version of an upstream from which a table was made. */
import { findCommitInfo } from '../delta/log/log.ts'
import type { Snapshot } from '../delta/snapshot.ts'
import { LakeError } from '../errors.ts'
import { compareContent } from '../observe/fingerprint.ts'
import { type InputVersion, knownProvenance, type Provenance } from '../observe/provenance.ts'
import { type Result, refused } from '../refusal.ts'
import type { Storage } from '../storage/storage.ts'
import { readVersion } from './table-version.ts'

/** The version of an upstream from which a table was made. Its data files can be missing. */
interface FoundInputVersion {
  readonly snapshot: Snapshot
  readonly provenance: Provenance
}

/**
 * Refuses if the version no longer exists. Compares the content too: if the upstream was deleted
 * and built again, the version with this number is a different one.
 */
export async function findInputVersion(
  lake: Storage,
  key: string,
  { version, content }: InputVersion,
): Promise<Result<FoundInputVersion>> {
  const commit = await findCommitInfo(lake, key, version)
  const snapshot = commit && (await readVersion(lake, key, version).catch(undefinedIfGone))
  if (!snapshot) return refused(`version ${version} of ${key}, its input, no longer exists`)
  const provenance = knownProvenance(commit.lake)
  if (!provenance || compareContent(content, provenance.content, Object.keys(content.columns)).kind !== 'none') {
    return refused(`version ${version} of ${key} is not the one that it was built from`)
  }
  return { snapshot, provenance }
}

/** The commit of a version can remain although the version can no longer be read. */
function undefinedIfGone(error: unknown): undefined {
  if (error instanceof LakeError && error.code === 'usage') return undefined
  throw error
}
