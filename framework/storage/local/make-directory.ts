/** Makes a directory and those above it, and always comes to an end. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { errno, isAbsent, storageError } from '../storage-error.ts'

/** Others may remove an empty directory before the next one is made in it. */
const ATTEMPTS = 3

/**
 * Does nothing where it is there. Throws `storage`, naming the directory that cannot be made. Node's own `recursive` never ends on file systems
 * that take no directory and give as their reason that there is none (/proc, some network drives).
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

/** Of the directory and those above it the ones that are not there, the uppermost first. */
function missingFrom(directory: string): readonly string[] {
  const missing: string[] = []
  for (let path = directory; !isThere(path); path = dirname(path)) {
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
      // Another process may have made it.
      if (!(errno(error) === 'EEXIST' && isThere(path))) return { path, error }
    }
  }
  return undefined
}

/** Not where a file is in its place, or above it: that is found out by making it. */
function isThere(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    if (isAbsent(error)) return false
    throw storageError('make the directory', path, error)
  }
}
