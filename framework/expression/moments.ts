/** Timestamps as engines count them, in microseconds since 1970, and as ISO 8601 writes them. */

export const MICROS_IN_MILLI = 1000n

/** Division of bigint rounds towards zero, which is up before 1970. */
export function floorToMillis(micros: bigint): bigint {
  const millis = micros / MICROS_IN_MILLI
  return millis * MICROS_IN_MILLI > micros ? millis - 1n : millis
}

/** Three digits of a second, or six where there are microseconds, and no zone; undefined for years that a Date does not have. */
export function isoText(micros: bigint): string | undefined {
  const millis = floorToMillis(micros)
  const at = new Date(Number(millis))
  if (Number.isNaN(at.getTime())) return undefined
  const text = at.toISOString().slice(0, -1)
  const beyond = micros - millis * MICROS_IN_MILLI
  return beyond === 0n ? text : `${text}${String(beyond).padStart(3, '0')}`
}

/** Of a second with its zone, `2018-11-21T21:56:47Z`, and up to six digits after its point; undefined for what is no second. */
export function microsOf(second: string, fraction: string): bigint | undefined {
  const millis = Date.parse(second)
  return Number.isNaN(millis) ? undefined : BigInt(millis) * MICROS_IN_MILLI + BigInt(fraction.padEnd(6, '0'))
}
