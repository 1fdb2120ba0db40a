/**
 * Makes the context that lake passes to the functions of a source from code, and the errors of
 * these functions.
 */
import type { CodeContext } from '../../declare/rows/rows-from-code.ts'
import { LakeError } from '../../errors.ts'
import { printableLine } from '../../text/printable.ts'
import { hideSecret, redact } from '../../text/redact.ts'

/** The context of one call for the source `key`. */
export function codeContext(key: string, signal: AbortSignal): CodeContext {
  const env = (name: string): string => {
    const value = process.env[name] ?? ''
    if (value !== '') return value
    throw new LakeError('rows-failed', {
      problem: `${key} needs the environment variable ${printableLine(name)}, which is not set`,
      remedy: 'Set it, and run the command again.',
      asset: key,
    })
  }
  const secret = (name: string): string => {
    const value = env(name)
    hideSecret(value)
    return value
  }
  return { signal, env, secret }
}

/**
 * Describes what a function of a source threw, with its causes: `fetch` mentions only in its cause
 * that a connection was refused.
 */
export function thrownText(error: unknown): string {
  const messages: string[] = []
  for (
    let at = error;
    at !== undefined && messages.length < MAX_CAUSES;
    at = at instanceof Error ? at.cause : undefined
  ) {
    messages.push(at instanceof Error ? `${at.name === 'Error' ? '' : `${at.name}: `}${at.message}` : String(at))
  }
  return printableLine(redact(messages.join(': ')))
}

const MAX_CAUSES = 5

/** Waits for `work`, but no longer after an abort: a function can ignore its signal. */
export async function untilAborted<Value>(work: PromiseLike<Value> | Value, signal: AbortSignal): Promise<Value> {
  const working = Promise.resolve(work)
  // Avoids an unhandled rejection after an abort.
  working.catch(() => undefined)
  signal.throwIfAborted()
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([working, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
