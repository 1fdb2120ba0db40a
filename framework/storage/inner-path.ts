/** Keeps paths inside a storage: a path that was read from a lake can contain `..`. */
import { lstatSync } from 'node:fs'
import { join, sep } from 'node:path'
import { LakeError } from '../errors.ts'
import { isAbsent } from './storage-error.ts'

/**
 * Returns the path. Throws `storage` if it is absolute, has a part `..` or contains a NUL: it could
 * lead out of `root`.
 */
export function innerPath(root: string, path: string): string {
  if (!path.startsWith('/') && isDescending(path)) return path
  throw leadsOut(root, path)
}

/** Like `innerPath`, for keys of an object store, in which a part can be empty. */
export function innerKey(root: string, path: string): string {
  if (isDescending(path)) return path
  throw leadsOut(root, path)
}

const isDescending = (path: string): boolean => !path.includes('\0') && !path.split('/').includes('..')

function leadsOut(root: string, path: string): LakeError {
  return new LakeError('storage', {
    problem: `lake does not use the path ${JSON.stringify(path)}: it could lead out of ${root}`,
    remedy: 'Find out which file of the lake names it, and what wrote that file.',
  })
}

/** Returns `root/name`. Throws `storage` if that is not below `root`. */
export function localPathBelow(root: string, name: string): string {
  const path = join(root, innerPath(root, name))
  const prefix = root.endsWith(sep) ? root : `${root}${sep}`
  if (path.startsWith(prefix) && path !== prefix) return path
  throw new LakeError('storage', {
    problem: `lake does not use the path ${JSON.stringify(name)}: it names nothing below ${root}`,
    remedy: 'Find out which file of the lake names it, and what wrote that file.',
  })
}

/** Whether `path`, or a directory between `root` and it, is a symbolic link. */
export function isBehindLink(root: string, path: string): boolean {
  let local = root
  for (const part of path.split('/').filter((name) => name !== '' && name !== '.')) {
    local = join(local, part)
    if (isLink(local)) return true
  }
  return false
}

export function isLink(local: string): boolean {
  try {
    return lstatSync(local).isSymbolicLink()
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}
