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
    case 'binary':
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
function numberOfText(text: string, values: TextValues): string | undefined {
  const match = NUMBER[values.decimalPoint].exec(withoutThousands(text, values))
  if (!match) return undefined
  const [, sign, integer = '', fraction = '', power = ''] = match
  if (integer === '' && fraction === '') return undefined
  const digits = withoutLeadingZeros(integer)
  return `${sign === '-' ? '-' : ''}${digits}${fraction === '' ? '' : `.${fraction}`}${power}`
}

/**
 * `1.234,50` -> `1234,50`. Text with groups of another length stays as it is, and is no number. So
 * does `0.012`, which is meant as a fraction.
 */
function withoutThousands(text: string, { decimalPoint, thousands }: TextValues): string {
  if (thousands === undefined) return text
  const [integer = '', ...fraction] = text.split(decimalPoint)
  const [first = '', ...groups] = integer.split(thousands)
  const isGrouped = /^[+-]?[1-9]\d{0,2}$/.test(first) && groups.every((group) => /^\d{3}$/.test(group))
  return isGrouped ? [[first, ...groups].join(''), ...fraction].join(decimalPoint) : text
}

function withoutLeadingZeros(digits: string): string {
  let zeros = 0
  while (digits[zeros] === '0') zeros++
  return digits.slice(zeros) || '0'
}
