/** Locates the directories for files that lake can make or fetch again. */
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/**
 * `lake` in XDG_CACHE_HOME, by default in ~/.cache. Call `makePrivate` on it before using anything
 * in it.
 */
export function cacheRoot(): string {
  const configured = process.env.XDG_CACHE_HOME ?? ''
  return join(isAbsolute(configured) ? configured : join(homedir(), '.cache'), 'lake')
}

/**
 * The directory of compiled configs. It is not below `cacheRoot()`, whose subdirectories have the
 * names of buckets.
 */
export const codeCacheRoot = (): string => `${cacheRoot()}-config`
