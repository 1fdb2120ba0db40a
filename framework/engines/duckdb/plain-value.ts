import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api'

/** A value of a query's result as JSON can hold it; bigints stay bigint. */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue }

/** Timestamps in ISO 8601, UTC; decimals as numbers; dates, times, intervals and the like as DuckDB writes them. */
export function plainValue(value: DuckDBValue): PlainValue {
  if (value === null || typeof value !== 'object') return typeof value === 'number' ? plainNumber(value) : value
  if (value instanceof DuckDBTimestampTZValue) return isoMicros(value.micros, 'Z')
  if (value instanceof DuckDBTimestampValue) return isoMicros(value.micros, '')
  if (value instanceof DuckDBDecimalValue) return Number(value.toString())
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(plainValue)
  if (value instanceof DuckDBStructValue) return plainEntries(Object.entries(value.entries))
  if (value instanceof DuckDBMapValue) {
    return plainEntries(value.entries.map((entry) => [String(plainValue(entry.key)), entry.value]))
  }
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64')
  return value.toString()
}

/** JSON has no NaN and no infinity. */
const plainNumber = (value: number): PlainValue => (Number.isFinite(value) ? value : String(value))

const plainEntries = (entries: readonly (readonly [string, DuckDBValue])[]): PlainValue =>
  Object.fromEntries(entries.map(([name, value]) => [name, plainValue(value)]))

const MICROS_IN_MILLI = 1000n

/** Three digits of a second, or six where there are microseconds. */
function isoMicros(micros: bigint, zone: string): string {
  const beyond = ((micros % MICROS_IN_MILLI) + MICROS_IN_MILLI) % MICROS_IN_MILLI
  const at = new Date(Number((micros - beyond) / MICROS_IN_MILLI))
  if (Number.isNaN(at.getTime())) return String(micros)
  const millis = at.toISOString().slice(0, -1)
  return beyond === 0n ? `${millis}${zone}` : `${millis}${String(beyond).padStart(3, '0')}${zone}`
}
