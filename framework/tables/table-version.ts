import type { AddFile } from '../delta/actions.ts'
import { readSnapshot, type Snapshot } from '../delta/snapshot.ts'
import type { InputTable } from '../engine/data-file.ts'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { printableLine } from '../text/printable.ts'
import { locateFiles } from './data-files.ts'
import { FINGERPRINT_TAG, notedFingerprint } from './file-fingerprints.ts'
import { lostFiles } from './lost-files.ts'

/** One version of a table, which nobody changes but `lake vacuum`. Throws `usage` for a version that it does not have. */
export async function readVersion(lake: Storage, key: string, version: number): Promise<Snapshot> {
  const snapshot = await readSnapshot(lake, key, version)
  if (!snapshot) throw notBuilt(key)
  return snapshot
}

export function notBuilt(key: string): LakeError {
  return new LakeError('usage', `${key} has not been built: run lake materialize ${key}`, { asset: key })
}

export function tableOf(lake: Storage, key: string, { metadata, files }: Snapshot): InputTable {
  const table = { columns: metadata.columns, files: locateFiles(lake, key, files.values()) }
  if (hasOwnFilesOnly(metadata, [...files.values()])) return table
  const partitionValues = Array.from(files.values(), (file) => file.partitionValues)
  return { ...table, foreign: { partitionColumns: metadata.partitionColumns, partitionValues } }
}

/** Lake notes of each file what its columns hold. All of its files in a version have the same columns: those of the schema that it wrote. */
function hasOwnFilesOnly({ columns }: Snapshot['metadata'], files: readonly AddFile[]): boolean {
  const [first] = files
  if (!first) return true
  const noted = notedFingerprint(first)?.columns ?? {}
  return files.every(({ tags }) => tags[FINGERPRINT_TAG] !== undefined) && columns.every(({ name }) => name in noted)
}

const FILES_NAMED = 5

/** Which of a version's data files can no longer be read, in words; undefined where all can. */
export async function goneFiles(
  lake: Storage,
  key: string,
  files: readonly AddFile[],
): Promise<{ readonly paths: readonly string[]; readonly words: string } | undefined> {
  const lost = await lostFiles(lake, key, files)
  if (lost.size === 0) return undefined
  const paths = [...lost.keys()].map((path) => `${key}/${path}`)
  const named = [...lost].slice(0, FILES_NAMED).map(([path, problem]) => printableLine(`${key}/${path} ${problem}`))
  const more = lost.size > FILES_NAMED ? `, and ${lost.size - FILES_NAMED} more` : ''
  const share = `${lost.size} of its data files ${lost.size === 1 ? 'is' : 'are'} gone, vacuumed or lost`
  return { paths, words: `${share}: ${named.join(', ')}${more}` }
}

/** `usage`, where some of a version's files can no longer be read; undefined where all can. */
export async function goneVersion(
  lake: Storage,
  key: string,
  { version, files }: { readonly version: number; readonly files: readonly AddFile[] },
): Promise<LakeError | undefined> {
  const gone = await goneFiles(lake, key, files)
  if (!gone) return undefined
  return new LakeError('usage', `version ${version} of ${key} cannot be read any more: ${gone.words}`, {
    asset: key,
    details: { files: gone.paths },
  })
}
