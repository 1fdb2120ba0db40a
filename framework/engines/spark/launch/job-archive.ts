/** Stores the zip of the PySpark job's package for spark-submit. */
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The name of the zip file. */
export const ARCHIVE = 'lake_job.zip'

export interface StoredArchive {
  readonly path: string
  remove(): Promise<void>
}

/**
 * Copies the zip to where only this user can write, because Spark runs what is in it. The package
 * can stand below a directory with a comma in its name, at which spark-submit cuts paths.
 */
export async function storeArchive(archive: string): Promise<StoredArchive> {
  const directory = await mkdtemp(join(tmpdir(), 'lake-job-'))
  const path = join(directory, ARCHIVE)
  await copyFile(archive, path)
  return { path, remove: () => rm(directory, { recursive: true, force: true }) }
}
