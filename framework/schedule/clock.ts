/** Declares the clock port of the scheduler, and the clock of the machine. */
import { setTimeout } from 'node:timers/promises'
import { systemTiming } from '../run/timing.ts'

export interface Clock {
  now(): Date
  /** Resolves when `now` reaches `at`, or as soon as `signal` aborts. Never rejects. */
  sleepUntil(at: Date, signal: AbortSignal): Promise<void>
  /**
   * Resolves after this number of milliseconds, even if the clock is set meanwhile, or as soon as
   * `signal` aborts. Never rejects.
   */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>
}

/**
 * Maximum sleep. A timer stops while the machine is suspended, and does not notice when the clock
 * is set.
 */
const MAX_SLEEP_MS = 60_000

/** The clock of the machine. It wakes within a minute after a suspend or a change of the clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  wait: systemTiming.sleep,
  async sleepUntil(at, signal) {
    while (!signal.aborted) {
      const left = at.getTime() - Date.now()
      if (left <= 0) return
      // Rejects only when `signal` aborts, and then the loop ends.
      await setTimeout(Math.min(left, MAX_SLEEP_MS), undefined, { signal }).catch(() => undefined)
    }
  },
}
