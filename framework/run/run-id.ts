import { randomBytes } from 'node:crypto'

/** Sorts by the time at which the run began: `20181121T215647796Z-3f9a1c`. */
export function newRunId(now: Date): string {
  const time = now.toISOString().replace(/[-:.]/g, '')
  return `${time}-${randomBytes(3).toString('hex')}`
}
