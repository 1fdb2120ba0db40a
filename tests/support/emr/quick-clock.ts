import { setTimeout as delay } from 'node:timers/promises'
import type { EmrClock } from '../../../framework/engines/spark/emr/api/clock.ts'

/**
 * A clock on which waiting is so many times faster, and nothing but waiting takes time: what a slow machine takes for a call or a process
 * brings nothing due. It never wakes anybody early.
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
