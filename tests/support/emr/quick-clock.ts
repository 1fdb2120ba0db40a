/** A clock for the tests of EMR, whose time passes fast while a caller waits. */
import { setTimeout as delay } from 'node:timers/promises'
import type { EmrClock } from '../../../framework/engines/spark/emr/api/clock.ts'

/**
 * Time passes only while a caller waits, `speed` times as fast as real time. So nothing comes due
 * because a call or a process is slow. No wait ends early.
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
