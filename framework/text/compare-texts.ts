/** Compares texts in the order of engines. */

const FIRST_SURROGATE = 0xd800
const LAST_SURROGATE = 0xdfff

/** Compares by code points, as engines compare UTF-8. JavaScript compares surrogates too low. */
export function compareTexts(left: string, right: string): number {
  if (left === right) return 0
  const length = Math.min(left.length, right.length)
  let at = 0
  while (at < length && left.charCodeAt(at) === right.charCodeAt(at)) at++
  if (at === length) return left.length - right.length
  return rankOf(left.charCodeAt(at)) - rankOf(right.charCodeAt(at))
}

/** Surrogates are parts of code points that are above all others. */
const rankOf = (unit: number): number => (unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE ? unit + 0x10000 : unit)
