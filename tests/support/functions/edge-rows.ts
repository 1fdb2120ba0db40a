/**
 * A table of edge values on which tests try functions on every engine. It has two columns or more
 * of each kind.
 */
import fc from 'fast-check'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import type { DuckDb } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { duckdbType } from '../../../framework/engines/duckdb/sql.ts'
import { mapOfSql } from '../../../framework/expression/functions/nested/nested-sql.ts'
import {
  arrayOf,
  decimalType,
  entryType,
  type KeyKind,
  typeName,
  typeNamed,
  type ValueType,
} from '../../../framework/expression/value-type.ts'

const type = (name: string): ValueType => typeNamed(name) ?? decimalType(1, 0)

const FIELDS: Readonly<Record<string, ValueType>> = {
  ...{ t: type('text'), i: type('int'), d: type('double'), at: type('timestamp') },
}

function structOf(...names: readonly string[]): ValueType {
  return { kind: 'struct', fields: names.map((name) => ({ name, type: FIELDS[name] ?? type('text'), nullable: true })) }
}

const entryFields = [
  { name: 'key', type: type('text'), nullable: false },
  { name: 'value', type: type('double'), nullable: true },
]

const mapOf = (key: KeyKind, value: ValueType): ValueType => ({
  kind: 'map',
  key: { kind: key },
  value,
  nullable: true,
})

/** The columns by their names. A column whose name ends in 0 is never null. */
export const EDGE_COLUMNS: Readonly<Record<string, ValueType>> = {
  ...{ t: type('text'), u: type('text'), i: type('int'), j: type('int'), n: type('bigint'), o: type('bigint') },
  ...{ d: type('double'), e: type('double'), m: decimalType(15, 2), k: decimalType(20, 4), w: decimalType(38, 10) },
  ...{ day: type('date'), day2: type('date'), at: type('timestamp'), at2: type('timestamp') },
  ...{
    b: type('boolean'),
    c: type('boolean'),
    small: type('int'),
    many: type('bigint'),
    q: type('double'),
    p: decimalType(18, 2),
    by: type('binary'),
    bz: type('binary'),
  },
  ...{ li: arrayOf(type('int'), true), lj: arrayOf(type('int'), true), lt: arrayOf(type('text'), true) },
  ...{ ld: arrayOf(type('double'), true), st: structOf('t', 'i', 'd', 'at'), su: structOf('t', 'i', 'd', 'at') },
  ...{ lm: arrayOf(decimalType(9, 2), true), lb: arrayOf(type('boolean'), true), ly: arrayOf(type('date'), true) },
  la: arrayOf(type('timestamp'), true),
  lx: arrayOf(type('binary'), true),
  ls: arrayOf(structOf('t', 'd'), true),
  en: arrayOf({ kind: 'struct', fields: entryFields }, false),
  ...{ xt: mapOf('text', type('int')), xu: mapOf('text', type('int')), xi: mapOf('int', type('double')) },
  ...{ xn: mapOf('bigint', type('text')), xy: mapOf('date', type('timestamp')), xs: mapOf('text', structOf('t', 'd')) },
}

const MOMENTS = [
  ...['0001-01-01T00:00:00Z', '0004-02-29T12:00:00Z', '1500-02-28T12:00:00Z', '1582-10-04T23:59:59.999Z'],
  ...['1582-10-10T00:00:00Z', '1582-10-15T00:00:00Z', '1899-12-31T23:59:59Z', '1969-12-31T23:59:59.999Z'],
  ...['1970-01-01T00:00:00Z', '1970-01-01T00:00:01Z', '2000-02-29T00:00:00Z', '2004-12-31T23:00:00Z'],
  ...['2005-01-02T23:59:59Z', '2008-12-29T00:00:00Z', '2010-01-03T00:00:00Z', '2018-01-31T10:30:00Z'],
  ...['2019-03-31T01:30:00Z', '2019-03-31T02:30:00Z', '2019-10-27T00:30:00Z', '2019-10-27T01:30:00Z'],
  ...['2019-10-27T02:30:00Z', '2020-03-08T07:00:00Z', '2020-03-08T02:30:00Z', '2020-11-01T01:30:00Z'],
  ...['2020-11-01T06:30:00Z', '2024-02-29T23:59:59Z', '2024-12-30T00:00:00Z', '9999-12-31T23:59:59.999Z'],
].map((text) => BigInt(Date.parse(text)) * 1000n)

const LEAST_MOMENT = -62135596800000000n
const GREATEST_MOMENT = 253402300799999999n
const DAY = 86_400_000_000n

const words = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '  a ',
    'a',
    'b',
    'A',
    'AbZz',
    'ab',
    'aab',
    'ÀÉĆß',
    'é',
    'e\u0301',
    '😀',
    'a😀b',
    '\u{10ffff}',
    'x',
  ),
  fc.constantFrom(
    '\uffff',
    'a\\b',
    '\\',
    "it's",
    '"',
    'a\nb',
    'a\r',
    '\t a\t',
    '\0',
    'a\0b',
    '%',
    '_',
    '100%',
    'a_b',
    '\u00a0',
  ),
  fc.constantFrom(
    'İı',
    'ΑΣ ας',
    'Żółć',
    'ПриветЁё',
    'ŸÿŒœŉſ',
    'a,b,,c',
    ',',
    '$1',
    'a.b',
    '2020',
    '(a)',
    '[a]',
    'x'.repeat(300),
  ),
  fc.constantFrom(
    '1',
    '-12',
    ' 7 ',
    '+3',
    '1.5',
    '.5',
    '5.',
    '-0.005',
    '1e3',
    'NaN',
    'inf',
    '1_000',
    '0x1p3',
    '99999999999',
    '1d',
  ),
  fc.constantFrom(
    '2020-02-29',
    '2019-02-29',
    '0001-01-01',
    '0000-01-01',
    '9999-12-31',
    '2020-2-9',
    ' 2020-02-09',
    '2020-13-01',
  ),
  fc.constantFrom(
    '2020-02-29T10:11:12.123456Z',
    '2020-02-29 10:11',
    '2020-02-29T24:00:00Z',
    '2020-02-29T10:11:12+02:00',
  ),
  fc.constantFrom(
    '29/02/2020',
    '9/2/2020',
    '09-Feb-2020',
    '2020-02-29T10:11:12',
    '31/04/2020',
    '123456789012345678901234567890.125',
  ),
  // Java's $ matches before a line end, too.
  fc.constantFrom('7\n', '1.5\n', '2020-02-29\n', '2020-02-29T10:11\n', '7\r', '7\u2028'),
  fc.constantFrom('00', 'ff80', 'C328', 'aBc', 'ff80\n', 'QUI=', 'QUI', 'QUJD', 'QQ==', 'QR==', '-_8=', 'QUI=\n'),
  fc.string({ unit: 'binary', maxLength: 6 }),
)

const doubles = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    0.1,
    0.3,
    0.5,
    -0.5,
    1.5,
    2.5,
    -2.5,
    1.005,
    2.675,
    0.285,
    1e15 + 0.3,
    4503599627370495.5,
  ),
  fc.constantFrom(5e-324, 1.7976931348623157e308, -1.7976931348623157e308, 1e21, 2 ** 53, 2 ** 62, -(2 ** 63), 2 ** 31),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.49999999999999994, 1e-9),
  fc.double(),
  fc.integer({ min: -100000, max: 100000 }).map((cents) => cents / 100),
)

const INT = [0, 1, -1, 2, 3, 7, -7, 10, 2147483647, -2147483648].map(BigInt)
const ints = fc.oneof(fc.constantFrom(...INT), fc.integer().map(BigInt), fc.bigInt(-20n, 20n))
const bigints = fc.oneof(
  fc.constantFrom(...INT, 9223372036854775807n, -9223372036854775808n, 9007199254740993n),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.bigInt(-20n, 20n),
)

/**
 * The digits of a decimal. Values at the limits of its precision are more frequent than by chance.
 */
function decimals(precision: number, scale: number): fc.Arbitrary<string> {
  const most = 10n ** BigInt(precision) - 1n
  const unscaled = fc.oneof(
    fc.constantFrom(
      0n,
      1n,
      -1n,
      most,
      -most,
      5n,
      -5n,
      15n,
      50n,
      125n,
      -250n,
      10n ** BigInt(scale),
      15n * 10n ** BigInt(scale - 1),
    ),
    fc.bigInt(-most, most),
    fc.bigInt(-(10n ** BigInt(scale + 2)), 10n ** BigInt(scale + 2)),
  )
  return unscaled.map((value) => {
    const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
    return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  })
}

/** Bytes in base64. Some are not UTF-8, and some differ only in their end or their highest bit. */
const byteValues = fc
  .oneof(
    fc.constantFrom([], [0], [0, 0], [0x7f], [0x80], [0xff], [0xff, 0], [0x61], [0x61, 0], [0x61, 0x80], [0xc3, 0x28]),
    fc.array(fc.nat({ max: 255 }), { maxLength: 9 }),
  )
  .map((bytes) => Buffer.from(bytes).toString('base64'))

const moments = fc.oneof(
  fc.constantFrom(...MOMENTS, ...MOMENTS.map((micros) => micros + 456n), LEAST_MOMENT, GREATEST_MOMENT),
  fc.bigInt(LEAST_MOMENT, GREATEST_MOMENT),
  fc.bigInt(1514764800000000n, 1609459200000000n),
)
const days = moments.map((micros) => (micros < 0n ? (micros - DAY + 1n) / DAY : micros / DAY))

/**
 * A value of a column. Bytes are base64. An array is its elements, a struct is its fields in order,
 * and a map is its entries as pairs.
 */
export type Cell = bigint | number | string | boolean | null | readonly Cell[]

export function cellOf(kind: ValueType, name: string): fc.Arbitrary<Cell> {
  if (name === 'small' || name === 'many') return fc.bigInt(-3n, 12n)
  if (name === 'q') return fc.integer({ min: -2000, max: 2000 }).map((part) => part / 8)
  switch (kind.kind) {
    case 'text':
      return words
    case 'int':
      return ints
    case 'bigint':
      return bigints
    case 'double':
      return doubles
    case 'decimal':
      return decimals(kind.precision, kind.scale)
    case 'date':
      return days
    case 'timestamp':
      return moments
    case 'boolean':
      return fc.boolean()
    case 'binary':
      return byteValues
    case 'array':
      return fc.array(partOf(kind.element, kind.nullable), { maxLength: 4 })
    case 'map': {
      const key = cellOf(kind.key, 'key')
      return fc.array(fc.tuple(key, partOf(kind.value, kind.nullable)), { maxLength: 4 })
    }
    case 'struct':
      return fc.tuple(...kind.fields.map((field) => partOf(field.type, field.nullable)))
  }
}

const partOf = (type: ValueType, nullable: boolean): fc.Arbitrary<Cell> =>
  nullable ? fc.option(cellOf(type, ''), { freq: 4 }) : cellOf(type, '')

export type EdgeRow = Readonly<Record<string, Cell>>

export const edgeRow: fc.Arbitrary<EdgeRow> = fc.record(
  Object.fromEntries(
    Object.entries(EDGE_COLUMNS).map(([name, kind]) => [name, fc.option(cellOf(kind, name), { freq: 10 })]),
  ),
) as fc.Arbitrary<EdgeRow>

/** Writes the rows, numbered by a first column `id`, as a table `edges` and to a Parquet file. */
export async function writeEdgeRows(db: DuckDb, rows: readonly EdgeRow[], file: string): Promise<void> {
  const columns = Object.entries(EDGE_COLUMNS)
  const declared = columns.map(([name, kind]) => `"${name}" ${duckdbType(kind)}`)
  const tuples = rows.map(
    (row, id) => `(${[id, ...columns.map(([name, kind]) => written(kind, row[name] ?? null))].join(', ')})`,
  )
  await db.run(`CREATE TABLE edges (id BIGINT, ${declared.join(', ')})`)
  await db.run(`INSERT INTO edges VALUES ${tuples.join(', ')}`)
  await db.run(`COPY edges TO '${file}' (FORMAT parquet)`)
}

/** The value in DuckDB's SQL. */
export function written(kind: ValueType, value: Cell): string {
  if (value === null) return 'NULL'
  if (kind.kind === 'array' && Array.isArray(value)) {
    return `CAST([${value.map((element) => written(kind.element, element)).join(', ')}] AS ${duckdbType(kind)})`
  }
  if (kind.kind === 'map' && Array.isArray(value)) {
    return mapOfSql(written(arrayOf(entryType(kind), false), value), 'duckdb')
  }
  if (kind.kind === 'struct' && Array.isArray(value)) {
    const fields = kind.fields.map((field, index) => `"${field.name}" := ${written(field.type, value[index] ?? null)}`)
    return `CAST(struct_pack(${fields.join(', ')}) AS ${duckdbType(kind)})`
  }
  if (kind.kind === 'binary') return duckdbDialect.binary(String(value))
  if (kind.kind === 'timestamp') return `make_timestamptz(${value})`
  if (kind.kind === 'date') return `DATE '1970-01-01' + CAST(${value} AS INTEGER)`
  if (kind.kind === 'double') return `CAST('${Object.is(value, -0) ? '-0.0' : value}' AS DOUBLE)`
  const text = typeof value === 'string' ? duckdbDialect.text(value) : String(value)
  return `CAST(${text} AS ${duckdbType(kind)})`
}

/**
 * The columns as Spark reads them from the Parquet file, in which a map is an array of its entries.
 */
export const SPARK_COLUMNS: readonly string[] = Object.entries(EDGE_COLUMNS).map(([name, { kind }]) =>
  kind === 'map'
    ? `transform(map_entries(${name}), e -> named_struct('lake.key', e.key, 'lake.value', e.value)) AS ${name}`
    : name,
)

export const edgeTable = {
  keys: [['id']],
  columns: [
    { name: 'id', type: type('bigint'), nullable: false },
    ...Object.entries(EDGE_COLUMNS).map(([name, kind]) => ({ name, type: kind, nullable: true })),
  ],
}

export const columnsOfKind = (kind: ValueType['kind']): readonly string[] =>
  Object.keys(EDGE_COLUMNS).filter((name) => EDGE_COLUMNS[name]?.kind === kind)

export const typeOfColumn = (name: string): string => typeName(EDGE_COLUMNS[name] ?? type('text'))
