/**
 * Preloaded into a `lake` whose clock a test sets. The file that LAKE_CLOCK names has the time, in
 * milliseconds since 1970. The clock stands still until the test sets it again. Timers read it
 * often.
 */
import { readFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import timers from 'node:timers/promises'

const LOOK_EVERY_MS = 100
const wait = timers.setTimeout
const now = () => Number(readFileSync(process.env.LAKE_CLOCK, 'utf8'))

globalThis.Date = new Proxy(Date, {
  construct: (real, given) => (given.length === 0 ? new real(now()) : new real(...given)),
  get: (real, name) => (name === 'now' ? now : Reflect.get(real, name)),
})
timers.setTimeout = (milliseconds, value, options) =>
  wait(options?.signal ? Math.min(milliseconds, LOOK_EVERY_MS) : milliseconds, value, options)
syncBuiltinESMExports()
