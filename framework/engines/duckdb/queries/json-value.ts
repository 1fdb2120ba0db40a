/** Converts DuckDB's values to values for text and JSON. */
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import { ExactDigits, type PlainValue, valueText } from '../../../engine/json-value.ts'
import { isoText } from '../../../expression/moments.ts'

/**
 * Timestamps become ISO 8601 in UTC. Bigint and decimal keep all digits. Bytes are base64. Dates,
 * times and intervals are as DuckDB writes them.
 */
export function plainValue(value: DuckDBValue): PlainValue {
  if (typeof value === 'bigint') return new ExactDigits(String(value))
  if (value === null || typeof value !== 'object') return typeof value === 'number' ? plainNumber(value) : value
  if (value instanceof DuckDBTimestampTZValue) return timestampText(value, 'Z')
  if (value instanceof DuckDBTimestampValue) return timestampText(value, '')
  if (value instanceof DuckDBDecimalValue) return new ExactDigits(value.toString())
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(plainValue)
  if (value instanceof DuckDBStructValue) return plainEntries(Object.entries(value.entries))
  if (value instanceof DuckDBMapValue) {
    return plainEntries(value.entries.map((entry) => [keyText(plainValue(entry.key)), entry.value]))
  }
  if (value instanceof DuckDBUnionValue) return plainValue(value.value)
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64')
  return value.toString()
}

/** Column name -> value. */
export const plainRow = (row: Readonly<Record<string, DuckDBValue>>): Readonly<Record<string, PlainValue>> =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plainValue(value)]))

/** NaN and infinity become text, because JSON has neither. */
const plainNumber = (value: number): PlainValue => (Number.isFinite(value) ? value : String(value))

const plainEntries = (entries: readonly (readonly [string, DuckDBValue])[]): PlainValue =>
  Object.fromEntries(entries.map(([name, value]) => [name, plainValue(value)]))

const keyText = (key: PlainValue): string => (typeof key === 'string' ? key : valueText(key))

/** Infinity, and years that JavaScript lacks, stay as DuckDB writes them. */
function timestampText(value: DuckDBTimestampTZValue | DuckDBTimestampValue, zone: string): string {
  const text = isoText(value.micros)
  return text === undefined ? value.toString() : `${text}${zone}`
}
