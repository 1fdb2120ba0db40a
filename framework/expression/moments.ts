/** Converts timestamps between microseconds since 1970, as engines count them, and ISO 8601. */

export const MICROS_IN_MILLI = 1000n

/** Rounds down to whole milliseconds. (A plain division rounds up before 1970.) */
export function floorToMillis(micros: bigint): bigint {
  const millis = micros / MICROS_IN_MILLI
  return millis * MICROS_IN_MILLI > micros ? millis - 1n : millis
}

/**
 * ISO 8601 without a zone, with three digits of a second, or six if it has microseconds. Undefined
 * if the timestamp is outside of a Date's range.
 */
export function isoText(micros: bigint): string | undefined {
  const millis = floorToMillis(micros)
  const at = new Date(Number(millis))
  if (Number.isNaN(at.getTime())) return undefined
  const text = at.toISOString().slice(0, -1)
  const beyond = micros - millis * MICROS_IN_MILLI
  return beyond === 0n ? text : `${text}${String(beyond).padStart(3, '0')}`
}

/**
 * Microseconds since 1970 of a second with a zone, such as `2018-11-21T21:56:47Z`, and up to six
 * digits of its fraction. Undefined if the text is no valid second.
 */
export function microsOf(second: string, fraction: string): bigint | undefined {
  const millis = Date.parse(second)
  return Number.isNaN(millis) ? undefined : BigInt(millis) * MICROS_IN_MILLI + BigInt(fraction.padEnd(6, '0'))
}
