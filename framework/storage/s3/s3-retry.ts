import { setTimeout } from 'node:timers/promises'

const ATTEMPTS = 8
const FIRST_WAIT_MS = 50
const LONGEST_WAIT_MS = 5_000

/** Calls again, after a longer and longer wait of random length, while `passes` takes the failure for one that passes. */
export async function persist<Result>(
  call: () => Promise<Result>,
  passes: (error: unknown) => boolean,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (attempt === ATTEMPTS || !passes(error)) throw error
      await setTimeout(Math.random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt))
    }
  }
}
