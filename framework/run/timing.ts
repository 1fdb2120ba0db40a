/** Declares how a run reads the time and waits. Tests replace it, and wait for nothing. */
import { setTimeout } from 'node:timers/promises'

export interface Timing {
  now(): Date
  /** Resolves after this number of milliseconds, or as soon as `signal` aborts. Never rejects. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
  /** A random number from 0 up to, but not including, 1. */
  random(): number
}

/** The clock and the timers of the machine. */
export const systemTiming: Timing = {
  now: () => new Date(),
  random: () => Math.random(),
  async sleep(milliseconds, signal) {
    // Rejects only when `signal` aborts.
    await setTimeout(milliseconds, undefined, { ...(signal && { signal }) }).catch(() => undefined)
  },
}
