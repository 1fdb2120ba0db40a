/**
 * Checks the files that a result names before they are moved into a table, because a forged result
 * could name any file.
 */
import { closeSync, lstatSync, openSync, readSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { WrittenFile } from '../../../engine/data-file.ts'
import { LakeError } from '../../../errors.ts'
import { isLocal } from '../../../storage/is-local.ts'
import type { Storage } from '../../../storage/storage.ts'
import { printableLine } from '../../../text/printable.ts'

const MAGIC = 'PAR1'

interface AllowedOutput {
  readonly lake: Storage
  /** The directories that may hold the files, in the form of `Storage.locate`. */
  readonly directories: readonly string[]
}

/**
 * Returns the files. Throws `engine-failed` unless each is a Parquet file below one of the
 * directories, has the size in the result and is reached without a link. For objects on S3, checks
 * only name and size, by one listing for each directory.
 */
export async function checkWritten(
  files: readonly WrittenFile[],
  { lake, directories }: AllowedOutput,
): Promise<readonly WrittenFile[]> {
  const located = files.map((file) => ({ ...file, ...locate(file.location, directories) }))
  const sizeOf = isLocal(lake) ? localSize : await storedSizes(lake, new Set(located.map(({ directory }) => directory)))
  for (const { location, size, directory, path } of located) {
    const found = sizeOf(directory, path)
    if (found !== size) throw refused(location, found === undefined ? 'is no data file' : `has ${found} bytes`)
  }
  return files
}

interface LocatedFile {
  readonly directory: string
  /** Relative to it. */
  readonly path: string
}

function locate(location: string, directories: readonly string[]): LocatedFile {
  const directory = directories.find((root) => location.startsWith(`${root}/`))
  const path = directory === undefined ? '' : location.slice(directory.length + 1)
  const isPlain = path.split('/').every((part) => !['', '.', '..'].includes(part)) && !path.includes('\0')
  if (directory === undefined || !isPlain || !path.endsWith('.parquet')) {
    throw refused(location, `is no Parquet file below ${directories[0]}`)
  }
  return { directory, path }
}

/**
 * The size of the file; undefined unless the path is a Parquet file that is really in the
 * directory.
 */
function localSize(directory: string, path: string): number | undefined {
  const local = join(directory, path)
  try {
    const stats = lstatSync(local)
    const isOwn = stats.isFile() && realpathSync(local) === join(realpathSync(directory), path)
    return isOwn && stats.nlink === 1 && isParquet(local, stats.size) ? stats.size : undefined
  } catch {
    return undefined
  }
}

function isParquet(local: string, size: number): boolean {
  if (size < 2 * MAGIC.length) return false
  const file = openSync(local, 'r')
  try {
    const textAt = (position: number) => {
      const bytes = Buffer.alloc(MAGIC.length)
      readSync(file, bytes, 0, MAGIC.length, position)
      return bytes.toString('latin1')
    }
    return textAt(0) === MAGIC && textAt(size - MAGIC.length) === MAGIC
  } finally {
    closeSync(file)
  }
}

async function storedSizes(lake: Storage, directories: ReadonlySet<string>) {
  const sizes = new Map<string, number>()
  for (const directory of directories) {
    for (const { path, size } of await lake.inventory(directory.slice(lake.uri.length + 1))) {
      sizes.set(lake.locate(path), size)
    }
  }
  return (directory: string, path: string) => sizes.get(`${directory}/${path}`)
}

function refused(location: string, why: string): LakeError {
  return new LakeError('engine-failed', {
    problem: `the result of the Spark job names the file ${printableLine(location)}, which ${why}. Nothing was published`,
    remedy: 'Another program may write to this lake: find out who can.',
  })
}
