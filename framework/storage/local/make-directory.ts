/** Makes a directory and its parents without looping forever. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { errno, isAbsent, storageError } from '../storage-error.ts'

/** Another process can remove an empty directory before the next one is made in it. */
const ATTEMPTS = 3

/**
 * Does nothing if the directory exists. Throws `storage` and names the directory that cannot be
 * made. Node's `recursive` option loops forever on file systems that refuse a new directory with
 * ENOENT (/proc, some network drives).
 */
export function makeDirectory(directory: string): void {
  for (let attempt = 1; ; attempt++) {
    const failed = makeAll(missingFrom(resolve(directory)))
    if (failed === undefined) return
    if (attempt === ATTEMPTS || errno(failed.error) !== 'ENOENT') {
      throw storageError('make the directory', failed.path, failed.error)
    }
  }
}

/** The directory and its parents that are missing, the topmost first. */
function missingFrom(directory: string): readonly string[] {
  const missing: string[] = []
  for (let path = directory; !isDirectory(path); path = dirname(path)) {
    missing.unshift(path)
    if (path === dirname(path)) break
  }
  return missing
}

interface Failed {
  readonly path: string
  readonly error: unknown
}

function makeAll(paths: readonly string[]): Failed | undefined {
  for (const path of paths) {
    try {
      mkdirSync(path)
    } catch (error) {
      // Another process can have created it meanwhile.
      if (!(errno(error) === 'EEXIST' && isDirectory(path))) return { path, error }
    }
  }
  return undefined
}

/** False if the path, or one above it, is a file: `mkdirSync` then reports that. */
function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    if (isAbsent(error)) return false
    throw storageError('make the directory', path, error)
  }
}
