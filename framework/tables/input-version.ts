import { latestCommit } from '../delta/log/log.ts'
import type { Snapshot } from '../delta/snapshot.ts'
import { compareContent } from '../observe/fingerprint.ts'
import { provenanceOf } from '../observe/observe.ts'
import type { InputVersion, Provenance } from '../observe/provenance.ts'
import type { Storage } from '../storage/storage.ts'
import { readVersion } from './table-version.ts'

/** A version of an upstream that a table was made from; or why it cannot be had any more. Its files may be gone all the same. */
export type FoundInputVersion =
  | { readonly kind: 'found'; readonly snapshot: Snapshot; readonly provenance: Provenance }
  | Unable

export interface Unable {
  readonly kind: 'unable'
  readonly why: string
}

export const unable = (why: string): Unable => ({ kind: 'unable', why })

/** An upstream's directory may have been deleted and built anew, so that a version of that number holds something else. */
export async function findInputVersion(
  lake: Storage,
  key: string,
  { version, content }: InputVersion,
): Promise<FoundInputVersion> {
  const newest = await latestCommit(lake, key)
  if (!newest || newest.version < version) {
    return unable(`version ${version} of ${key}, its input, is not there any more`)
  }
  const provenance = await provenanceOf(lake, key, version)
  if (!provenance || compareContent(content, provenance.content, Object.keys(content.columns)).kind !== 'none') {
    return unable(`version ${version} of ${key} is not the one that it was built from`)
  }
  return { kind: 'found', snapshot: await readVersion(lake, key, version), provenance }
}
