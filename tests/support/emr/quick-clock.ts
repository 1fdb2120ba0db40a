import { setTimeout as delay } from 'node:timers/promises'
import type { EmrClock } from '../../../framework/engines/spark/emr/api/clock.ts'

/** A clock on which time passes so many times faster. It never wakes anybody early. */
export function quickClock(speed: number): EmrClock {
  const start = Date.now()
  const now = () => start + performance.now() * speed
  return {
    now,
    wait: async (milliseconds, signal) => {
      const until = now() + milliseconds
      while (now() < until && !signal?.aborted) {
        await delay(Math.max((until - now()) / speed, 1), undefined, signal && { signal }).catch(() => undefined)
      }
    },
  }
}
