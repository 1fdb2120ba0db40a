import { randomBytes } from 'node:crypto'

/** Sorts by the time at which the run began: `20181121T215647796Z-3f9a1c`. */
export function newRunId(now: Date): string {
  const time = now.toISOString().replace(/[-:.]/g, '')
  return `${time}-${randomBytes(3).toString('hex')}`
}

/** When the run began; undefined for what is no id of a run. */
export function runStartedAt(runId: string): Date | undefined {
  const [, date, hour, minute, second, milli] = /^(\d{8})T(\d\d)(\d\d)(\d\d)(\d{3})Z-/.exec(runId) ?? []
  if (date === undefined) return undefined
  const day = date.replace(/^(....)(..)(..)$/, '$1-$2-$3')
  const at = new Date(`${day}T${hour}:${minute}:${second}.${milli}Z`)
  return Number.isNaN(at.getTime()) ? undefined : at
}
