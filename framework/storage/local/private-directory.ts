/** Directories of this user alone: what is run from them, or trusted because it lies there, cannot be another user's. */
import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { LakeError } from '../../errors.ts'
import { errno, storageError } from '../storage-error.ts'
import { makeDirectory } from './make-directory.ts'

const OWNER_ONLY = 0o700
const WRITABLE_BY_OTHERS = 0o022
const OPEN_TO_OTHERS = 0o077

/**
 * Makes the directory with mode 0700, or checks the one that is there. Throws `storage` where it is a link, belongs to another user or
 * can be written to by others, who may have put something there.
 */
export function makePrivate(directory: string): void {
  makeDirectory(dirname(directory))
  try {
    mkdirSync(directory, { mode: OWNER_ONLY })
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw storageError('write', directory, error)
  }
  const doubt = doubtAbout(directory)
  if (doubt === undefined) return
  throw new LakeError(
    'storage',
    `lake does not use the directory ${directory}: ${doubt}. Remove it, or choose another place with TMPDIR or XDG_CACHE_HOME.`,
  )
}

/** Why the directory cannot be trusted; undefined where it can. What others may only read is closed to them. */
function doubtAbout(directory: string): string | undefined {
  const stats = lstatSync(directory)
  if (stats.isSymbolicLink()) return 'it is a link'
  if (!stats.isDirectory()) return 'it is no directory'
  const user = process.getuid?.()
  // Windows has neither users' numbers nor modes.
  if (user === undefined) return undefined
  if (stats.uid !== user) return 'it belongs to another user'
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0) return 'other users can write to it'
  if ((stats.mode & OPEN_TO_OTHERS) !== 0) chmodSync(directory, OWNER_ONLY)
  return undefined
}
