/** Frees the memory of a process that waits most of the time. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Returns a function that gives back the memory of what is no longer used. Loading a project leaves
 * a lot, and V8 collects it only when more is needed, which is never in a process that waits.
 */
export function memoryCollector(): () => void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  return typeof collect === 'function' ? () => collect() : () => undefined
}
