/** Packs the PySpark job's package into the zip file that spark-submit and EMR take. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, zipSync } from 'fflate'

/** The name of the zip file. */
export const ARCHIVE = 'lake_job.zip'

/**
 * The same files give the same bytes on every machine. They are not compressed, because that takes
 * longer than it saves. `files`: path in the zip -> text.
 */
export function zipped(files: ReadonlyMap<string, string>): Uint8Array {
  const sorted = [...files].toSorted(([a], [b]) => (a < b ? -1 : 1))
  // A zip holds local time, and this is the same local time in every time zone.
  const mtime = new Date(1980, 0, 1)
  return zipSync(Object.fromEntries(sorted.map(([path, text]) => [path, strToU8(text)])), { mtime, level: 0 })
}

export interface StoredArchive {
  readonly path: string
  remove(): Promise<void>
}

/** Stores the zip where only this user can write, because Spark runs what is in it. */
export async function storeArchive(archive: Uint8Array): Promise<StoredArchive> {
  const directory = await mkdtemp(join(tmpdir(), 'lake-job-'))
  const path = join(directory, ARCHIVE)
  await writeFile(path, archive)
  return { path, remove: () => rm(directory, { recursive: true, force: true }) }
}
