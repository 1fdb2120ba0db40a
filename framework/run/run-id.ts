/** Makes and validates the IDs of runs, which are names of files too. */
import { randomBytes } from 'node:crypto'
import * as z from 'zod'

const RUN_ID = /^\d{8}T\d{9}Z-[0-9a-f]{6}$/

export const isRunId = (text: string): boolean => RUN_ID.test(text)

export const runIdSchema = z.string().refine(isRunId, 'not the ID of a run')

/** Returns an ID that sorts by the start of the run: `20181121T215647796Z-3f9a1c`. */
export function newRunId(now: Date): string {
  const time = now.toISOString().replace(/[-:.]/g, '')
  return `${time}-${randomBytes(3).toString('hex')}`
}

/** Returns the start of the run. undefined if the text is not the ID of a run. */
export function runStartedAt(runId: string): Date | undefined {
  if (!isRunId(runId)) return undefined
  const [, date, hour, minute, second, milli] = /^(\d{8})T(\d\d)(\d\d)(\d\d)(\d{3})Z-/.exec(runId) ?? []
  if (date === undefined) return undefined
  const day = date.replace(/^(....)(..)(..)$/, '$1-$2-$3')
  const at = new Date(`${day}T${hour}:${minute}:${second}.${milli}Z`)
  return Number.isNaN(at.getTime()) ? undefined : at
}
