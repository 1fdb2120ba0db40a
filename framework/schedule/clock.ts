import { setTimeout } from 'node:timers/promises'

export interface Clock {
  now(): Date
  /** Resolves when `now` is at or past `at`, or at once when `signal` aborts; never rejects. */
  sleepUntil(at: Date, signal: AbortSignal): Promise<void>
}

/** A timer does not count the time for which the machine is suspended, nor does it see the clock being set: look often. */
const LONGEST_SLEEP_MS = 60_000

/** The machine's clock. After a suspend or a change of the clock, it wakes within a minute. */
export const systemClock: Clock = {
  now: () => new Date(),
  async sleepUntil(at, signal) {
    while (!signal.aborted) {
      const left = at.getTime() - Date.now()
      if (left <= 0) return
      // It rejects only when `signal` aborts, which the loop sees.
      await setTimeout(Math.min(left, LONGEST_SLEEP_MS), undefined, { signal }).catch(() => undefined)
    }
  },
}
