/** Where lake keeps what it can make or fetch again. */
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

/** `lake` in XDG_CACHE_HOME, which is ~/.cache where it is not set. Make it with `makePrivate` before anything in it is used. */
export function cacheRoot(): string {
  const configured = process.env.XDG_CACHE_HOME ?? ''
  return join(isAbsolute(configured) ? configured : join(homedir(), '.cache'), 'lake')
}

/** Where compiled configs are kept: not below `cacheRoot()`, whose directories are called as buckets are. */
export const codeCacheRoot = (): string => `${cacheRoot()}-config`
