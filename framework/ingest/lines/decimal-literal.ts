/** Reads JSON numbers without losing digits. */

/**
 * The number `digits` × 10^`exponent`. Zero has no digits. Other digits begin and end with 1 to 9.
 */
export interface ExactNumber {
  readonly negative: boolean
  readonly digits: string
  /** Infinite if the text's exponent has hundreds of digits. */
  readonly exponent: number
}

/** Parses `text`, which must be a number by the JSON grammar. */
export function exactNumber(text: string): ExactNumber {
  const negative = text.startsWith('-')
  const [mantissa = '', power = '0'] = text.slice(negative ? 1 : 0).split(/[eE]/)
  const [integer = '', fraction = ''] = mantissa.split('.')
  const all = integer + fraction
  const start = leadingZeros(all)
  if (start === all.length) return { negative, digits: '', exponent: 0 }
  const end = withoutTrailingZeros(all)
  return { negative, digits: all.slice(start, end), exponent: Number(power) - fraction.length + all.length - end }
}

/** The number of digits before the decimal point and after it, without an exponent. */
export function digitsAround(number: ExactNumber): { readonly before: number; readonly after: number } {
  if (number.digits === '') return { before: 0, after: 0 }
  return { before: Math.max(0, number.digits.length + number.exponent), after: Math.max(0, -number.exponent) }
}

/**
 * The number without an exponent: `-0.05`, `1500`. The caller must have limited the number of its
 * digits.
 */
export function writtenOut(number: ExactNumber): string {
  const { before, after } = digitsAround(number)
  const digits = number.digits.padStart(after, '0').padEnd(before + after, '0')
  const integer = digits.slice(0, digits.length - after) || '0'
  const sign = number.negative && number.digits !== '' ? '-' : ''
  return `${sign}${integer}${after > 0 ? `.${digits.slice(-after)}` : ''}`
}

// Loops, because `/0+$/` takes quadratic time on a long run of zeros that is not at the end.
function leadingZeros(digits: string): number {
  let count = 0
  while (digits[count] === '0') count++
  return count
}

function withoutTrailingZeros(digits: string): number {
  let end = digits.length
  while (digits[end - 1] === '0') end--
  return end
}
