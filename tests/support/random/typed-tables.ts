/**
 * The tables `a` and `b` with random rows, for random queries. They have a column of each type, and
 * edge values.
 */
import fc from 'fast-check'
import type { DataFile } from '../../../framework/engine/data-file.ts'
import type { DuckDb } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { duckdbType } from '../../../framework/engines/duckdb/sql.ts'
import { splitPointsOf } from '../../../framework/engines/sql/increment/split-points.ts'
import type { ScannedRows } from '../../../framework/engines/sql/increment/sql-staging.ts'
import { isNested, type ValueType } from '../../../framework/expression/value-type.ts'
import type { UpstreamTables } from '../../../framework/query/reader/read-query.ts'
import type { RangeValue } from '../../../framework/relation/range.ts'
import type { Scan } from '../../../framework/relation/relation.ts'
import { type Cell, cellOf, EDGE_COLUMNS, edgeTable, written } from '../functions/edge-rows.ts'

export const TYPED_TABLES = ['a', 'b'] as const
export const TYPED_UPSTREAMS: UpstreamTables = new Map(TYPED_TABLES.map((name) => [name, edgeTable]))

/**
 * Engines differ in how they treat the sign of a zero, in groups and in the least of several
 * values. If this is true, the values include both zeros.
 */
const SIGNED_ZEROS = false

const COLUMNS = Object.entries(EDGE_COLUMNS)

/** Values for which few calls fail and many rows match. */
const MILD: Readonly<Record<ValueType['kind'], readonly Cell[]>> = {
  array: [],
  struct: [],
  map: [],
  text: ['a', 'b', 'ab', 'é', '12', '2020-02-29'],
  int: [0n, 1n, 2n, 3n, -1n],
  bigint: [0n, 1n, 2n, 3n, -1n],
  double: [0, 1, 2, 0.5, -1.5, 2.5],
  decimal: ['0.00', '1.00', '2.00', '0.50', '-1.25'],
  boolean: [true, false],
  date: [0n, 1n, 18321n, 18322n],
  binary: ['', 'YQ==', 'YQA=', '/w==', 'wyg='],
  timestamp: [0n, 1n, 1582934400000000n, 1582934400123456n],
}

/**
 * Values on both sides of the boundary of a rounding, a day or a year. They are few, so that groups
 * have several rows.
 */
const NEAR: typeof MILD = {
  ...MILD,
  double: [2, 2.5, 2.9, 3, -0.5, 0.5, -2, -2.5, 1.5],
  date: [0n, -1n, 364n, 365n, 366n, 18321n, 18322n],
  timestamp: [0n, -1n, 86399999999n, 86400000000n, 31535999999999n, 31536000000000n],
}

/**
 * The values of a kind. Both tables use them, so that rows of one table match rows of the other.
 * The values of some kinds include edges.
 */
export type Pools = Readonly<Record<string, readonly Cell[]>>

/** Decimals of each precision have values of their own, and so do some columns. */
const poolOf = (name: string, type: ValueType): string =>
  type.kind === 'decimal' || isNested(type) || name === 'q' ? name : type.kind

const poolTypes = new Map(COLUMNS.map(([name, type]) => [poolOf(name, type), { name, type }]))

function poolArbitrary(name: string, type: ValueType): fc.Arbitrary<readonly Cell[]> {
  if (isNested(type)) return fc.array(nestedCell(type).map(withoutSign), { minLength: 2, maxLength: 3 })
  const mild = fc.shuffledSubarray([...MILD[type.kind]], { minLength: 2, maxLength: 2 })
  const edges = fc.array(cellOf(type, name), { minLength: 1, maxLength: 3 })
  return fc
    .tuple(mild, edges, fc.nat({ max: 2 }))
    .map(([some, wild, which]) => (which === 2 ? [...some, ...wild] : some).map(withoutSign))
}

/** A nested value whose parts cause no failure. Some of them are null. */
function nestedCell(type: ValueType): fc.Arbitrary<Cell> {
  const part = (own: ValueType, nullable: boolean) =>
    nullable ? fc.option(nestedCell(own), { freq: 4 }) : nestedCell(own)
  switch (type.kind) {
    case 'array':
      return fc.array(part(type.element, type.nullable), { maxLength: 3 })
    case 'struct':
      return fc.tuple(...type.fields.map((field) => part(field.type, field.nullable)))
    case 'map':
      return fc.array(fc.tuple(nestedCell(type.key), part(type.value, type.nullable)), { maxLength: 3 })
    default:
      return fc.constantFrom(...MILD[type.kind])
  }
}

const NESTED_CELLS: Readonly<Record<string, readonly Cell[]>> = {
  ...{
    li: [[1n, null, 2n], [], [0n]],
    lj: [[2n], [1n, 1n]],
    lt: [['a', 'b'], [null], []],
    ld: [
      [0, 0.5],
      [null, 2],
    ],
  },
  ...{
    st: [
      ['a', 1n, 0.5, 0n],
      [null, null, null, null],
    ],
    su: [
      ['a', 2n, 2, 0n],
      ['b', 1n, null, null],
    ],
  },
  ...{ lm: [['0.50', null], ['1.00']], lb: [[true, false], []], ly: [[0n, 1n], [null]], la: [[0n], [null, 0n]] },
  en: [
    [['a', 1]],
    [
      ['b', 2],
      ['a', null],
      ['b', 0.5],
    ],
  ],
  xt: [
    [
      ['a', 1n],
      ['b', null],
    ],
    [],
  ],
  xi: [
    [[1n, 0.5]],
    [
      [2n, null],
      [1n, 0.5],
    ],
  ],
  xs: [[['a', ['b', 1]]], [['a', null]]],
  ls: [
    [['a', 1], null],
    [
      ['a', null],
      ['b', 0],
    ],
    [],
  ],
}

const near: fc.Arbitrary<Pools> = fc.constant(
  Object.fromEntries([...poolTypes].map(([pool, { type }]) => [pool, NESTED_CELLS[pool] ?? NEAR[type.kind]])),
)

function withoutSign(value: Cell): Cell {
  if (Array.isArray(value)) return value.map(withoutSign)
  return Object.is(value, -0) && !SIGNED_ZEROS ? 0 : value
}

const pools: fc.Arbitrary<Pools> = fc.record(
  Object.fromEntries([...poolTypes].map(([pool, { name, type }]) => [pool, poolArbitrary(name, type)])),
)

/** A row's cells by column. */
export type TypedRow = Readonly<Record<string, Cell>>

/** Numbers that choose the cells of a row from the values. */
const places = fc.array(fc.nat({ max: 11 }), { minLength: COLUMNS.length, maxLength: COLUMNS.length })

function rowOf(places: readonly number[], pools: Pools): TypedRow {
  const cells = COLUMNS.map(([name, type], index) => {
    const pool = pools[poolOf(name, type)] ?? []
    const place = places[index] ?? 0
    return [name, place === 11 ? null : (pool[place % pool.length] ?? null)] as const
  })
  return Object.fromEntries(cells)
}

/** A row before and after a change: null where it does not exist. The change can alter values. */
export interface Life {
  readonly before: TypedRow | null
  readonly after: TypedRow | null
}

/**
 * The numbers that choose a row: its cells before the change, which cells differ after it, and
 * whether the row exists before and after.
 */
const life = fc.record({
  places,
  changes: fc.array(fc.tuple(fc.nat({ max: COLUMNS.length - 1 }), fc.nat({ max: 11 })), { minLength: 1, maxLength: 4 }),
  fate: fc.constantFrom('kept', 'kept', 'kept', 'changed', 'removed', 'added'),
})

export interface TypedLives {
  readonly pools: Pools
  readonly a: readonly Life[]
  readonly b: readonly Life[]
}

/**
 * The rows of both tables before and after the change. With `isNear`, values are on both sides of
 * the boundary of a rounding.
 */
export const typedLives = (rows: number, isNear = false): fc.Arbitrary<TypedLives> => {
  const lives = fc.array(life, { minLength: Math.floor(rows / 2), maxLength: rows, size: 'max' })
  return fc.record({ pools: isNear ? near : pools, a: lives, b: lives }).map(({ pools, a, b }) => {
    const made = ({ places, changes, fate }: (typeof a)[number]): Life => {
      const before = rowOf(places, pools)
      const others = new Map(changes)
      const after =
        fate === 'changed'
          ? rowOf(
              places.map((place, at) => others.get(at) ?? place),
              pools,
            )
          : before
      return { before: fate === 'added' ? null : before, after: fate === 'removed' ? null : after }
    }
    return { pools, a: a.map(made), b: b.map(made) }
  })
}

/** A SELECT of rows numbered by `id`, in DuckDB. */
export function rowsSql(rows: readonly (TypedRow | null)[]): string {
  const names = ['id', ...COLUMNS.map(([name]) => name)]
  const none = `(${names.map(() => 'NULL').join(', ')})`
  const lines = rows.flatMap((row, id) =>
    row ? [`(${[id, ...COLUMNS.map(([name, type]) => written(type, row[name] ?? null))].join(', ')})`] : [],
  )
  const typed = [
    'CAST(col0 AS BIGINT) AS id',
    ...COLUMNS.map(([name, type], place) => `CAST(col${place + 1} AS ${duckdbType(type)}) AS "${name}"`),
  ]
  return `SELECT ${typed.join(', ')} FROM (VALUES ${[none, ...lines].join(', ')}) WHERE col0 IS NOT NULL`
}

/** Makes the tables in DuckDB, and writes each to `NAME.parquet` in the directory. */
export async function writeTypedTables(db: DuckDb, seed: number, directory: string): Promise<void> {
  const [lives] = fc.sample(typedLives(12), { seed, numRuns: 1 })
  if (!lives) throw new Error('no rows were generated')
  for (const name of TYPED_TABLES) {
    await db.run(`CREATE TABLE ${name} AS ${rowsSql(lives[name].map(({ after }) => after))}`)
    await db.run(`COPY ${name} TO '${directory}/${name}.parquet' (FORMAT parquet)`)
  }
}

/**
 * The SQL of a scan. A scan is allowed to leave out rows outside of its ranges. This scan leaves
 * out all of them.
 */
export function rangedSql({ alias, part, columns, ranges }: Scan): string {
  const conditions = columns.flatMap(({ id, name, type }) => {
    const range = ranges.get(id)
    if (!range) return []
    const within = [
      ...(range.min === undefined ? [] : [`"${name}" >= ${written(type, cellIn(range.min, type))}`]),
      ...(range.max === undefined ? [] : [`"${name}" <= ${written(type, cellIn(range.max, type))}`]),
    ]
    const condition = within.length > 0 ? within.join(' AND ') : `"${name}" IS NOT NULL`
    return [`(${range.nulls ? `"${name}" IS NULL OR ` : ''}(${condition}))`]
  })
  return `(FROM ${alias}_${part}${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''})`
}

/** Turns a value of a range into a cell. Dates are text in ranges, and days in cells. */
const cellIn = (value: RangeValue, { kind }: ValueType): Cell =>
  kind === 'date' ? BigInt(Date.parse(`${value}T00:00:00Z`)) / 86_400_000n : value

/** Bounds that are values of the column, like those in the statistics of files. */
export const cutsIn =
  (pools: Pools): ScannedRows['cuts'] =>
  (scan, column, direction) => {
    const found = scan.columns.find(({ id }) => id === column)
    if (!found) return []
    const values = (pools[poolOf(found.name, found.type)] ?? []).flatMap((cell) => rangeValueOf(cell, found.type))
    const files = values.map((value) => ({ stats: () => ({ min: value, max: value }) }) as unknown as DataFile)
    return splitPointsOf(files, { ...found, direction })
  }

function rangeValueOf(cell: Cell, { kind }: ValueType): readonly RangeValue[] {
  if (cell === null || Array.isArray(cell) || kind === 'decimal' || Number.isNaN(cell)) return []
  if (kind === 'date') return [new Date(Number(cell) * 86_400_000).toISOString().slice(0, 10)]
  return [kind === 'int' ? Number(cell) : (cell as RangeValue)]
}
