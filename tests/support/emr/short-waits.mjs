/**
 * Preloaded into a `lake` that uses the stand-in for EMR. Shortens the pauses between two requests,
 * which spare the real service, to a moment. These are the pauses that a signal can end; the time
 * that a process waits for another one to stop stays as it is.
 */
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'

const LONGEST_MS = 400
const wait = timers.setTimeout

timers.setTimeout = (milliseconds, value, options) =>
  wait(options?.signal ? Math.min(milliseconds, LONGEST_MS) : milliseconds, value, options)
syncBuiltinESMExports()
