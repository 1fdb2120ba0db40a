/** Makes directories that only this user can use, so that lake can trust their files. */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { LakeError } from '../../errors.ts'
import { errno, storageError } from '../storage-error.ts'
import { codeCacheRoot } from './cache-root.ts'
import { makeDirectory } from './make-directory.ts'

const OWNER_ONLY = 0o700
const WRITABLE_BY_OTHERS = 0o022
const OPEN_TO_OTHERS = 0o077

/**
 * Makes the directory with mode 0700, or checks an existing one. Throws `storage` if it is a link,
 * belongs to another user, or is writable by other users: they can have put files there.
 */
export function makePrivate(directory: string): void {
  makeDirectory(dirname(directory))
  try {
    mkdirSync(directory, { mode: OWNER_ONLY })
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw storageError('write', directory, error)
  }
  const reason = untrustedBecause(directory)
  if (reason === undefined) return
  throw new LakeError('storage', {
    problem: `lake does not use the directory ${directory}: ${reason}`,
    remedy: 'Remove it, or choose another directory with TMPDIR or XDG_CACHE_HOME.',
  })
}

/**
 * The directory for compiled projects and what checking them has found. It holds code that lake
 * runs, so only this user can have write access. undefined if no such directory can be made: then
 * each command compiles and checks the project again.
 */
export function privateCodeCache(): string | undefined {
  try {
    makePrivate(codeCacheRoot())
    return codeCacheRoot()
  } catch {
    return undefined
  }
}

/**
 * Why the directory cannot be trusted; undefined if it can. Removes the permissions of other users
 * to read it.
 */
function untrustedBecause(directory: string): string | undefined {
  const stats = lstatSync(directory)
  if (stats.isSymbolicLink()) return 'it is a link'
  if (!stats.isDirectory()) return 'it is not a directory'
  const user = process.getuid?.()
  // Windows has neither user ids nor modes.
  if (user === undefined) return undefined
  if (stats.uid !== user) return 'it belongs to another user'
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) return 'other users can write to it'
  if ((stats.mode & OPEN_TO_OTHERS) !== 0) chmodSync(directory, OWNER_ONLY)
  return undefined
}
