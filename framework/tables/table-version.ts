/** Reads one version of a table, and reports the data files that it has lost. */
import type { AddFile } from '../delta/actions.ts'
import { readSnapshot, type Snapshot } from '../delta/snapshot.ts'
import type { InputTable } from '../engine/data-file.ts'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { printableLine } from '../text/printable.ts'
import { locateFiles } from './data-files.ts'
import { FINGERPRINT_TAG, recordedFingerprint } from './file-fingerprints.ts'
import { liveRows } from './live-rows.ts'
import { lostFiles } from './lost-files.ts'

/**
 * One version of a table. Throws `usage` if the table does not exist or does not have the version.
 */
export async function readVersion(lake: Storage, key: string, version: number): Promise<Snapshot> {
  const snapshot = await readSnapshot(lake, key, version)
  if (!snapshot) throw notBuilt(key)
  return snapshot
}

export function notBuilt(key: string): LakeError {
  return new LakeError('usage', {
    problem: `${key} has not been built`,
    remedy: `Run \`lake materialize ${key}\`.`,
    asset: key,
  })
}

/**
 * The version in the form for an engine. Throws `corrupt-table` if a deletion vector is missing or
 * damaged.
 */
export async function tableOf(lake: Storage, key: string, { metadata, files }: Snapshot): Promise<InputTable> {
  const all = [...files.values()]
  const rows = await liveRows(lake, key, all)
  const table = { columns: metadata.columns, files: locateFiles(lake, key, all), ...(rows && { rows }) }
  if (hasOwnFilesOnly(metadata, all)) return table
  const partitionValues = all.map((file) => file.partitionValues)
  return { ...table, foreign: { partitionColumns: metadata.partitionColumns, partitionValues } }
}

/**
 * Whether lake wrote all of the files, with these columns. Lake records a fingerprint of each file,
 * and all of its files in a version have the same columns.
 */
function hasOwnFilesOnly({ columns }: Snapshot['metadata'], files: readonly AddFile[]): boolean {
  const [first] = files
  if (!first) return true
  const recorded = recordedFingerprint(first)?.columns ?? {}
  return files.every(({ tags }) => tags[FINGERPRINT_TAG] !== undefined) && columns.every(({ name }) => name in recorded)
}

const FILES_NAMED = 5

/**
 * The paths of a version's data files that can no longer be read, with a description; undefined if
 * all can be read.
 */
export async function unreadableFiles(
  lake: Storage,
  key: string,
  files: readonly AddFile[],
): Promise<{ readonly paths: readonly string[]; readonly description: string } | undefined> {
  const lost = await lostFiles(lake, key, files)
  if (lost.size === 0) return undefined
  const paths = [...lost.keys()].map((path) => `${key}/${path}`)
  const named = [...lost].slice(0, FILES_NAMED).map(([path, problem]) => printableLine(`${key}/${path} ${problem}`))
  const more = lost.size > FILES_NAMED ? `, and ${lost.size - FILES_NAMED} more` : ''
  const share = `${lost.size} of its data files ${lost.size === 1 ? 'is' : 'are'} missing (vacuumed or lost)`
  return { paths, description: `${share}: ${named.join(', ')}${more}` }
}

/**
 * A `usage` error if some of a version's data files can no longer be read; undefined if all can.
 */
export async function unreadableVersion(
  lake: Storage,
  key: string,
  { version, files }: { readonly version: number; readonly files: readonly AddFile[] },
): Promise<LakeError | undefined> {
  const gone = await unreadableFiles(lake, key, files)
  if (!gone) return undefined
  return new LakeError('usage', {
    problem: `version ${version} of ${key} cannot be read any more: ${gone.description}`,
    remedy: `Choose another version: run \`lake history ${key}\` to list them.`,
    asset: key,
    details: { files: gone.paths },
  })
}
