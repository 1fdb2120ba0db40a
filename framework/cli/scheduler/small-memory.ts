/** Frees the memory of a process that waits most of the time. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Returns a function that frees unused memory. Loading a project leaves much of it, and V8 collects
 * it only when it needs more, which never happens in a process that waits.
 */
export function memoryCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  return typeof collect === 'function' ? () => collect() : () => undefined
}
