/** The clock of the EMR launcher. Tests replace it, so that they need not wait. */
import { setTimeout as delay } from 'node:timers/promises'

export interface EmrClock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after this number of milliseconds, or as soon as the signal is aborted. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>
}

export const emrClock: EmrClock = {
  now: Date.now,
  wait: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, signal && { signal }).catch(() => undefined)
  },
}
