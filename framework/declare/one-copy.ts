/**
 * Refuses a second copy of the framework in one process, because neither copy knows the column
 * types that the other declared.
 */
import { fileURLToPath } from 'node:url'
import { LakeError } from '../errors.ts'

const LOADED = Symbol.for('lake.loaded-from')

/**
 * Notes the file that this copy was loaded from. A module that is loaded again from the same file,
 * as test runners do, is no second copy.
 *
 * @throws LakeError `config` if another copy was loaded before.
 */
export function loadOnce(url: string, realm: Record<symbol, unknown> = globalThis as never): void {
  const file = fileURLToPath(url.replace(/[?#].*$/, ''))
  const first = realm[LOADED] ?? file
  realm[LOADED] = first
  if (first === file) return
  throw new LakeError('config', {
    problem: `two copies of lake are loaded in one process: ${String(first)} and ${file}`,
    remedy: '`npm ls lake` shows which packages bring them. Make all of them use the same version, and install again.',
  })
}
