/**
 * Parses the values of flags and arguments. Errors are messages that follow the name of the flag.
 */
import { InvalidArgumentError } from 'commander'

/** Collects the values of a flag that can be repeated. */
export function collect(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value]
}

export function positiveInteger(value: string): number {
  const number = wholeNumber(value)
  if (number < 1) throw new InvalidArgumentError('Give 1 or more.')
  return number
}

export function wholeNumber(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('Give a whole number.')
  return Number(value)
}

const AGE_UNITS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000 }

/** Parses an age such as 7d, in milliseconds. */
export function ageInMs(value: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([dhm])$/.exec(value) ?? []
  const milliseconds = AGE_UNITS[unit]
  if (amount === undefined || milliseconds === undefined) {
    throw new InvalidArgumentError('Give an age such as 7d, 12h or 30m.')
  }
  return Number(amount) * milliseconds
}
