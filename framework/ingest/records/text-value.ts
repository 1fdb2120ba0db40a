/** Writes the text of a value as JSON, by the type of its column. */
import type { TextValues } from '../../declare/format/file-format.ts'
import type { LineColumn } from '../lines/line-columns.ts'

/**
 * The text of a field as JSON. Text that is no value of the column's type stays text, so that the
 * parser of the type refuses it.
 */
export function jsonOfText(text: string, { type }: Pick<LineColumn, 'type'>, values: TextValues): string {
  switch (type.kind) {
    case 'int':
    case 'bigint':
    case 'double':
    case 'decimal':
      return numberOfText(text, values) ?? JSON.stringify(text)
    case 'boolean':
      if (values.trueTexts.includes(text)) return 'true'
      return values.falseTexts.includes(text) ? 'false' : JSON.stringify(text)
    case 'text':
    case 'date':
    case 'timestamp':
    // A text is never an array, struct or map, so the parser refuses it.
    case 'array':
    case 'struct':
    case 'map':
      return JSON.stringify(text)
  }
}

const NUMBER = {
  '.': /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d+)?$/,
  ',': /^([+-]?)(\d*)(?:,(\d*))?([eE][+-]?\d+)?$/,
} as const

/** A number as JSON writes it: `+007.50` is 7.50. Undefined if the text is no number. */
function numberOfText(text: string, { decimalPoint }: TextValues): string | undefined {
  const match = NUMBER[decimalPoint].exec(text)
  if (!match) return undefined
  const [, sign, integer = '', fraction = '', power = ''] = match
  if (integer === '' && fraction === '') return undefined
  const digits = withoutLeadingZeros(integer)
  return `${sign === '-' ? '-' : ''}${digits}${fraction === '' ? '' : `.${fraction}`}${power}`
}

function withoutLeadingZeros(digits: string): string {
  let zeros = 0
  while (digits[zeros] === '0') zeros++
  return digits.slice(zeros) || '0'
}
