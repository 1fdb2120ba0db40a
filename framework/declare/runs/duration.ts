/** Declares the syntax of durations: `90s`, `15m`, `26h`, `7d`. */
import * as z from 'zod'

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

type Unit = keyof typeof UNITS

/** A whole number and its unit: seconds, minutes, hours or days. */
export type Duration = `${number}${Unit}`

const FORM = /^(\d{1,6})([smhd])$/

export const durationSchema = z
  .string()
  .regex(FORM, 'expected a duration such as 90s, 15m, 26h or 7d') as unknown as z.ZodType<Duration>

/** In milliseconds; undefined if the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = FORM.exec(text) ?? []
  return amount === undefined ? undefined : Number(amount) * UNITS[unit as Unit]
}

/** In milliseconds. Throws a bug for text that `durationSchema` refuses. */
export function durationMs(duration: Duration): number {
  const milliseconds = parseDuration(duration)
  if (milliseconds === undefined) throw new Error(`${JSON.stringify(duration)} is not a duration`)
  return milliseconds
}
