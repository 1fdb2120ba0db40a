/** Ids of runs: they name files and directories, so that one from elsewhere is only used where it has the whole form. */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'

const RUN_ID = /^\d{8}T\d{9}Z-[0-9a-f]{6}$/

export const isRunId = (text: string): boolean => RUN_ID.test(text)

export const runIdSchema = z.string().refine(isRunId, 'no id of a run')

/** Sorts by the time at which the run began: `20181121T215647796Z-3f9a1c`. */
export function newRunId(now: Date): string {
  const time = now.toISOString().replace(/[-:.]/g, '')
  return `${time}-${randomBytes(3).toString('hex')}`
}

/** When the run began; undefined for what is no id of a run. */
export function runStartedAt(runId: string): Date | undefined {
  if (!isRunId(runId)) return undefined
  const [, date, hour, minute, second, milli] = /^(\d{8})T(\d\d)(\d\d)(\d\d)(\d{3})Z-/.exec(runId) ?? []
  if (date === undefined) return undefined
  const day = date.replace(/^(....)(..)(..)$/, '$1-$2-$3')
  const at = new Date(`${day}T${hour}:${minute}:${second}.${milli}Z`)
  return Number.isNaN(at.getTime()) ? undefined : at
}
