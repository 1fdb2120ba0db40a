/** A clock for EMR's tests, which moves fast while something waits. */
import { setTimeout as delay } from 'node:timers/promises'
import type { EmrClock } from '../../../framework/engines/spark/emr/api/clock.ts'

/**
 * A clock whose time passes only while a caller waits, `speed` times as fast as real time. A slow
 * call or process makes nothing due. No wait ends early.
 */
export function quickClock(speed: number): EmrClock {
  let time = Date.now()
  return {
    now: () => time,
    wait: async (milliseconds, signal) => {
      const until = time + milliseconds
      const wasAborted = await delay(milliseconds / speed, false, signal && { signal }).catch(() => true)
      if (!wasAborted) time = Math.max(time, until)
    },
  }
}
