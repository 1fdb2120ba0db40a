/**
 * Preloaded into a `lake` that uses the stand-in of EMR. Shortens the pauses between two requests
 * to a moment, because the stand-in needs no protection. These are the pauses that a signal can
 * end. The time in which a process waits for another one to stop is unchanged.
 */
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'

const LONGEST_MS = 400
const wait = timers.setTimeout

timers.setTimeout = (milliseconds, value, options) =>
  wait(options?.signal ? Math.min(milliseconds, LONGEST_MS) : milliseconds, value, options)
syncBuiltinESMExports()
