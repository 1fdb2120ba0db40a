/** Repeats calls whose failure is transient. */
import { setTimeout } from 'node:timers/promises'

const ATTEMPTS = 8
const FIRST_WAIT_MS = 50
const MAX_WAIT_MS = 5_000

/**
 * Repeats `call`, with random waits that become longer, while `isTransient` accepts the failure.
 * Throws the last failure after 8 attempts.
 */
export async function retryTransient<Result>(
  call: () => Promise<Result>,
  isTransient: (error: unknown) => boolean,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (attempt === ATTEMPTS || !isTransient(error)) throw error
      await setTimeout(Math.random() * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt))
    }
  }
}
