/**
 * Preloaded into a `lake` that asks EMR on this machine, which answers at once: the pauses between
 * two looks at EMR, seconds that spare the real service, last a moment. Only pauses that a signal
 * can end are such; how long a process waits for another to stop is left alone.
 */
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'

const LONGEST_MS = 400
const wait = timers.setTimeout

timers.setTimeout = (milliseconds, value, options) =>
  wait(options?.signal ? Math.min(milliseconds, LONGEST_MS) : milliseconds, value, options)
syncBuiltinESMExports()
