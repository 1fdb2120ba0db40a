/** Keeps paths inside a storage: whoever builds a path from what stands in a lake may have been given `..`. */
import { lstatSync } from 'node:fs'
import { join, sep } from 'node:path'
import { LakeError } from '../errors.ts'
import { isAbsent } from './storage-error.ts'

/** The path itself. Throws `storage` where it is absolute, has a part `..` or holds a NUL, and so could lead out of `root`. */
export function innerPath(root: string, path: string): string {
  if (!path.startsWith('/') && isDescending(path)) return path
  throw leadsOut(root, path)
}

/** As `innerPath`, for keys of an object store, in which an empty part is a name like any other. */
export function innerKey(root: string, path: string): string {
  if (isDescending(path)) return path
  throw leadsOut(root, path)
}

const isDescending = (path: string): boolean => !path.includes('\0') && !path.split('/').includes('..')

function leadsOut(root: string, path: string): LakeError {
  return new LakeError(
    'storage',
    `lake does not use the path ${JSON.stringify(path)}: it could lead out of ${root}. Look for the file that names it.`,
  )
}

/** `root/name`. Throws `storage` unless it is directly or deeper below `root`. */
export function localPathBelow(root: string, name: string): string {
  const path = join(root, innerPath(root, name))
  const prefix = root.endsWith(sep) ? root : `${root}${sep}`
  if (path.startsWith(prefix) && path !== prefix) return path
  throw new LakeError('storage', `lake does not use ${JSON.stringify(name)}: it names nothing below ${root}.`)
}

/** Whether one of the directories on the way from `root` down to `path`, or `path` itself, is a link. */
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
