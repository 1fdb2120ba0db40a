/** Random rows with a column of each type, and their values as engines write them. */
import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api'
import fc from 'fast-check'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import type { DuckDb } from '../../../framework/engines/duckdb/duckdb-session.ts'
import type { SparkResult } from '../spark/spark-sql.ts'

const TYPES = {
  i: 'INTEGER',
  n: 'BIGINT',
  small: 'BIGINT',
  three: 'BIGINT',
  ms: 'BIGINT',
  d: 'DOUBLE',
  m: 'DECIMAL(20,4)',
  t: 'VARCHAR',
  digits: 'VARCHAR',
  day: 'DATE',
  at: 'TIMESTAMP WITH TIME ZONE',
  b: 'BOOLEAN',
} as const

/** The types of the columns, as lake names them. */
export const TYPED_COLUMNS: Readonly<Record<Column, string>> = {
  ...{ i: 'int', n: 'bigint', small: 'bigint', three: 'bigint', ms: 'bigint', d: 'double', m: 'decimal(20,4)' },
  ...{ t: 'text', digits: 'text', day: 'date', at: 'timestamp', b: 'boolean' },
}

const COLUMNS = Object.keys(TYPES) as Column[]

const INT = [0, 1, -1, 2, 7, 2147483647, -2147483648].map(BigInt)
const BIGINT = [...INT, 9223372036854775807n, -9223372036854775808n, 9007199254740993n, -9007199254740993n, 1n << 53n]
/**
 * Moments in the years 1 to 9999, in milliseconds: ISO weeks at the turn of a year, leap days, the
 * change to the Gregorian calendar, and others.
 */
const MILLIS = [
  ...['0001-01-01T00:00:00Z', '0004-02-29T12:00:00Z', '1582-10-04T23:59:59.999Z', '1582-10-15T00:00:00Z'],
  ...['1899-12-31T23:59:59Z', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00Z', '2000-02-29T00:00:00Z'],
  ...['2004-12-31T23:00:00Z', '2005-01-01T00:00:00Z', '2005-01-02T23:59:59Z', '2008-12-29T00:00:00Z'],
  ...['2010-01-03T00:00:00Z', '2018-12-31T23:59:59.999Z', '2020-12-31T00:00:00Z', '2021-01-03T00:00:00Z'],
  ...['2024-02-29T23:59:59Z', '2026-12-31T00:00:00Z', '9999-12-31T23:59:59.999Z'],
].map((text) => BigInt(Date.parse(text)))
const DOUBLE = [0, -0, 1, -1, 0.1, 0.30000000000000004, 5e-324, 1.7976931348623157e308, 1e21, 2 ** 53, 12.7, -2.5]
const DECIMAL = [
  '0',
  '0.0001',
  '-0.0001',
  '9999999999999999.9999',
  '-9999999999999999.9999',
  '900719925474.0993',
  '1.5',
]
const WORDS = [
  '',
  ' ',
  '  a ',
  'a',
  'A',
  'AbZz',
  'ÀÉĆß',
  'é',
  'e\u0301',
  '😀',
  '\u{10ffff}',
  '\uffff',
  'a\\b',
  '\\',
  "it's",
  '"',
]
const ODD_WORDS = [
  'a\nb',
  'a\r',
  'a\n',
  '\t a\t',
  '\0',
  'a\0b',
  `\${env:HOME}`,
  '%',
  '_',
  '100%',
  '\u00a0',
  '\u2028',
  'İı',
  '\v',
]

const DAY = 86_400_000n
const micros = fc.oneof(
  fc.constantFrom(...MILLIS.map((millis) => millis * 1000n + 999n), -62135596800000000n, 253402300799999999n),
  fc.bigInt(-62135596800000000n, 253402300799999999n),
)
const millis = fc.oneof(fc.constantFrom(...MILLIS), fc.bigInt(-62135596800000n, 253402300799999n))

const cells = fc.record({
  i: fc.oneof(fc.constantFrom(...INT), fc.integer().map(BigInt)),
  n: fc.oneof(fc.constantFrom(...BIGINT), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  small: fc.bigInt(-3n, 3n),
  three: fc.constantFrom(0n, 1n, 2n, 3n, -7n),
  ms: millis,
  d: fc.oneof(fc.constantFrom(...DOUBLE, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), fc.double()),
  m: fc.oneof(
    fc.constantFrom(...DECIMAL),
    fc.tuple(fc.bigInt(-9999999999999999n, 9999999999999999n), fc.nat(9999)).map(([whole, rest]) => `${whole}.${rest}`),
  ),
  t: fc.oneof(fc.constantFrom(...WORDS, ...ODD_WORDS), fc.string({ unit: 'binary', maxLength: 6 })),
  digits: fc.oneof(
    fc.constantFrom('1', '+1', ' 1 ', '.5', '5.', '-5.e3', 'inf', '-Infinity', 'NaN', '1e400', '-1e-400', '007', '0.1'),
    fc.double().map(String),
    fc.bigInt(-(10n ** 30n), 10n ** 30n).map(String),
  ),
  day: millis.map((at) => (at < 0n ? (at - DAY + 1n) / DAY : at / DAY)),
  at: micros,
  b: fc.boolean(),
})

type Column = keyof typeof TYPES
type Cell = bigint | number | string | boolean | null
export type TypedRow = Readonly<Record<Column, Cell>>

/** Rows with a column of each type. Nulls and edge values are more frequent than by chance. */
export const typedRow: fc.Arbitrary<TypedRow> = fc
  .tuple(cells, fc.uniqueArray(fc.constantFrom(...COLUMNS), { maxLength: 4 }))
  .map(([row, nulls]) => ({ ...row, ...Object.fromEntries(nulls.map((name) => [name, null])) }))

/** Writes the rows, numbered by a first column `id`, to a Parquet file. */
export async function writeTypedRows(db: DuckDb, rows: readonly TypedRow[], file: string): Promise<void> {
  const columns = COLUMNS.map((name) => `"${name}" ${TYPES[name]}`)
  const tuples = rows.map((row, id) => `(${[id, ...COLUMNS.map((name) => literal(name, row[name]))].join(', ')})`)
  await db.run(`CREATE TABLE typed (id BIGINT, ${columns.join(', ')})`)
  await db.run(`INSERT INTO typed VALUES ${tuples.join(', ')}`)
  await db.run(`COPY typed TO '${file}' (FORMAT parquet)`)
}

function literal(name: Column, value: Cell): string {
  if (value === null) return 'NULL'
  if (name === 'at') return `make_timestamptz(${value})`
  if (name === 'day') return `DATE '1970-01-01' + CAST(${value} AS INTEGER)`
  if (name === 'd') return `CAST('${Object.is(value, -0) ? '-0.0' : value}' AS DOUBLE)`
  const written = typeof value === 'string' ? duckdbDialect.text(value) : String(value)
  return `CAST(${written} AS ${TYPES[name]})`
}

const SPARK_NAMES: Readonly<Record<string, string>> = {
  INTEGER: 'int',
  VARCHAR: 'string',
  BLOB: 'binary',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
}

/**
 * The result of a query on DuckDB, in the form of SparkResult: with Spark's names of types, and
 * with its cells.
 */
export async function duckdbResult(db: DuckDb, sql: string): Promise<SparkResult> {
  const described = await db.rows(`DESCRIBE ${sql}`)
  const names = described.map((row) => String(row.column_name))
  const types = described.map(({ column_type: type }) => sparkName(String(type)))
  const rows = await db.rows(sql)
  return {
    types: Object.fromEntries(names.map((name, index) => [name, types[index] ?? ''])),
    rows: rows.map((row) => names.map((name, index) => cell(row[name] ?? null, types[index] === 'double'))),
  }
}

/** The name that Spark has for a type of DuckDB. */
function sparkName(type: string): string {
  const entry = /^MAP\((.*)\)$/s.exec(type)?.[1]
  if (entry !== undefined) {
    const [key = '', value = ''] = topLevel(entry).map(sparkName)
    return `array<struct<lake.key:${key},lake.value:${value}>>`
  }
  if (type.endsWith('[]')) return `array<${sparkName(type.slice(0, -2))}>`
  const fields = /^STRUCT\((.*)\)$/s.exec(type)?.[1]
  if (fields === undefined) return SPARK_NAMES[type] ?? type.toLowerCase()
  const named = topLevel(fields).map((field) => {
    const [, name = '', own = ''] = /^"?(.*?)"? ([A-Z].*)$/s.exec(field) ?? []
    return `${name}:${sparkName(own)}`
  })
  return `struct<${named.join(',')}>`
}

/** The parts of the text between the commas that are outside of all brackets. */
function topLevel(text: string): readonly string[] {
  const parts: string[] = ['']
  let depth = 0
  for (const character of text) {
    if (character === '(') depth++
    if (character === ')') depth--
    if (character === ',' && depth === 0) parts.push('')
    else parts.push((parts.pop() ?? '') + character)
  }
  return parts.map((part) => part.trim())
}

function cell(value: DuckDBValue, double: boolean): string | boolean | null {
  const nested = nestedCells(value)
  return nested === undefined ? plainCell(value, double) : JSON.stringify(nested)
}

/**
 * The parts of a nested value, with all numbers as doubles. Undefined for a value that is not
 * nested.
 */
function nestedCells(value: DuckDBValue): readonly unknown[] | undefined {
  const part = (one: DuckDBValue): unknown =>
    nestedCells(one) ?? (typeof one === 'number' ? bytesOf(one) : plainCell(one, false))
  if (value instanceof DuckDBListValue) return value.items.map(part)
  if (value instanceof DuckDBMapValue) return value.entries.map((entry) => [part(entry.key), part(entry.value)])
  return value instanceof DuckDBStructValue ? Object.values(value.entries).map(part) : undefined
}

function plainCell(value: DuckDBValue, double: boolean): string | boolean | null {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (value instanceof DuckDBTimestampTZValue) return String(value.micros)
  if (value instanceof DuckDBDateValue) return String(value.days)
  if (value instanceof DuckDBDecimalValue) return value.toString()
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex').toUpperCase()
  return double && typeof value === 'number' ? bytesOf(value) : String(value)
}

/** The bytes of a double. A zero has no sign, because DuckDB loses the sign when it sorts. */
function bytesOf(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value + 0)
  return bytes.toString('hex')
}
