/** Formats counts, sizes, durations and times for people. */
import { count } from '../../text/counted.ts'

export { count, counted } from '../../text/counted.ts'

const BYTE_UNITS = ['kB', 'MB', 'GB', 'TB'] as const

/** Formats a size with powers of 1,000: `512 B`, `1.2 MB`. */
export function bytes(value: number): string {
  const power = Math.min(BYTE_UNITS.length, Math.floor(Math.log10(Math.max(1, value)) / 3))
  const unit = BYTE_UNITS[power - 1]
  return unit === undefined ? `${count(value)} B` : `${(value / 1000 ** power).toFixed(1)} ${unit}`
}

const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
  { name: 's', seconds: 1 },
] as const

/**
 * Formats milliseconds with at most two units: `0.4 s`, `12 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4
 * h`.
 */
export function duration(milliseconds: number): string {
  const tenths = Math.max(0, Math.round(milliseconds / 100))
  if (tenths < 100) return `${(tenths / 10).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  const index = UNITS.findIndex((unit) => seconds >= unit.seconds)
  const [unit, next] = [UNITS[index], UNITS[index + 1]]
  if (!unit) return '0.0 s'
  const main = `${Math.floor(seconds / unit.seconds)} ${unit.name}`
  const rest = next ? Math.floor((seconds % unit.seconds) / next.seconds) : 0
  return next && rest > 0 ? `${main} ${rest} ${next.name}` : main
}

/** Formats an age: `3 min ago`. A time in the future, from a clock that is ahead, is `just now`. */
export function age(then: Date, now: Date): string {
  const elapsed = shortAge(then, now)
  return elapsed === 'now' ? 'just now' : `${elapsed} ago`
}

/** Formats an age for a column: `3 min`. */
export function shortAge(then: Date, now: Date): string {
  const seconds = Math.floor((now.getTime() - then.getTime()) / 1000)
  if (seconds >= 172_800) return `${count(Math.floor(seconds / 86_400))} days`
  const unit = UNITS.slice(1).find((candidate) => seconds >= candidate.seconds)
  return unit ? `${Math.floor(seconds / unit.seconds)} ${unit.name}` : 'now'
}

/** Formats a time in the future: `in 5 h 12 min`, `now`. */
export function until(then: Date, now: Date): string {
  const milliseconds = then.getTime() - now.getTime()
  return milliseconds < 1_000 ? 'now' : `in ${duration(Math.floor(milliseconds / 1000) * 1000)}`
}

/** Formats a time in UTC: `2018-11-21 21:56:47`. */
export function moment(at: Date): string {
  return at.toISOString().slice(0, 19).replace('T', ' ')
}
