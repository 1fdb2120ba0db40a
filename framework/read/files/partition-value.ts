/** Parses the value of a partition, which the log holds as text. */
import type { TableColumn } from '../../delta/schema.ts'
import { microsOf } from '../../expression/moments.ts'
import { type Comparable, comparableOf } from '../values.ts'
import { UnreadableParquet } from './column-decoder.ts'

/** As PROTOCOL.md, "Partition Value Serialization", has it: '' is null, too. */
export function partitionValue(text: string | null, { name, type }: TableColumn): Comparable | null {
  if (text === null || text === '') return null
  const value = parsed(text, type.kind)
  const comparable = value === undefined ? undefined : comparableOf(value, type)
  if (comparable !== undefined) return comparable
  throw new UnreadableParquet(`the log says that its ${name} is ${JSON.stringify(text)}, which is no ${type.kind}`)
}

function parsed(text: string, kind: TableColumn['type']['kind']): unknown {
  switch (kind) {
    case 'text':
    case 'date':
    case 'decimal':
      return text
    case 'int':
      return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined
    case 'bigint':
      return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined
    case 'double':
      return doubleOf(text)
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'timestamp':
      return timestampOf(text)
  }
}

function doubleOf(text: string): number | undefined {
  if (/^nan$/i.test(text)) return Number.NaN
  const number = Number(text.trim())
  return Number.isNaN(number) || text.trim() === '' ? undefined : number
}

/** `2018-11-01 12:00:00.000001` in UTC, or ISO 8601 with Z. */
function timestampOf(text: string): bigint | undefined {
  const [, day, second, fraction = ''] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z?$/.exec(text) ?? []
  return day === undefined ? undefined : microsOf(`${day}T${second}Z`, fraction)
}
