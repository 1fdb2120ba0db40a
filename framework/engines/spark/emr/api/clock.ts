import { setTimeout as delay } from 'node:timers/promises'

/** Time, so that tests need not wait for it. */
export interface EmrClock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after so many milliseconds; at once when the signal is aborted. */
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>
}

export const emrClock: EmrClock = {
  now: Date.now,
  wait: async (milliseconds, signal) => {
    await delay(milliseconds, undefined, signal && { signal }).catch(() => undefined)
  },
}
