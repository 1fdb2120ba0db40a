/** How queries read arrays and structs, and which comparisons of them lake refuses. */
import { describe, expect, it } from 'vitest'
import { changedAtMost, rowsAtMost } from '../../../framework/increment/analysis/cardinality.ts'
import { pushDownRanges } from '../../../framework/increment/pushdown/push-down-ranges.ts'
import { db } from '../../../framework/query/builder/db.ts'
import { columnsRead } from '../../../framework/query/reader/read-query.ts'
import { scansOf } from '../../../framework/relation/relation.ts'
import { isUniqueBy } from '../../../framework/relation/unique.ts'
import { looseFunctions as fn } from '../../support/engines/loose-functions.ts'
import { looseReader, x } from '../../support/engines/loose-reader.ts'
import { edgeTable } from '../../support/functions/edge-rows.ts'

const TABLES = new Map([['edges', edgeTable]])

interface Loose {
  select(selected: unknown): Loose
  selectFrom(from: unknown): Loose
  innerJoin(...join: unknown[]): Loose
  where(...condition: unknown[]): Loose
  groupBy(columns: unknown): Loose
  orderBy(column: unknown): Loose
  union(query: unknown): Loose
  unionAll(query: unknown): Loose
  limit(rows: number): Loose
  distinct(): Loose
  as(alias: string): Loose
  toOperationNode(): unknown
}

const edges = (alias = 'edges') => (db as unknown as Loose).selectFrom(alias)
const { read, firstType, problem } = looseReader(TABLES)
const typeOf = (expression: unknown) => firstType(edges().select(expression))

describe('a nested value', () => {
  it('has a type that says whether its parts can be null', () => {
    expect(typeOf(x(fn.array('id', 1)))).toBe('array(bigint)')
    expect(typeOf(x(fn.array('i', 'd')))).toBe('array(double null)')
    expect(typeOf(x(fn.struct({ a: 'id', b: 't' })))).toBe('struct(a bigint, b text null)')
    expect(typeOf(x(fn.coalesce(fn.array(1), fn.array('i'))))).toBe('array(int null)')
    expect(typeOf(x(fn.field(fn.struct({ a: 'id' }), 'a')))).toBe('bigint')
    expect(typeOf(x(fn.field('st', 't')))).toBe('text null')
    expect(typeOf(x(fn.split(fn.concat('a'), ',')))).toBe('array(text)')
    expect(typeOf(x(fn.element(fn.array(1), 1)))).toBe('int null')
    expect(typeOf(x(fn.list('t')))).toBe('array(text) null')
  })

  it('is unnested into values that can be null if its elements can', () => {
    expect(typeOf(x(fn.unnest('lt')))).toBe('text null')
    expect(typeOf(x(fn.unnest(fn.array(1, 2))))).toBe('int')
  })

  it.each([
    ['a group', edges().groupBy('li').select('li'), /it groups by an array: use parts of it/],
    ['distinct rows', edges().select(['id', 'st']).distinct(), /it selects distinct rows of a struct/],
    ['a union', edges().select('li').union(edges().select('li')), /it combines by UNION rows of an array/],
    ['a condition', edges().where('li', '=', fn.array(1)).select('id'), /= takes .* but li is array\(int null\)/],
    ['an IN', edges().where('li', 'in', edges().select('lj')).select('id'), /it compares an array/],
    [
      'a join',
      (db as unknown as Loose).selectFrom('edges as a').innerJoin('edges as b', 'a.st', 'b.st').select('a.id'),
      /= takes .* but st is struct/,
    ],
    [
      'a window',
      edges().select(
        x(
          (fn.rowNumber() as never as { over(f: unknown): { as(n: never): unknown } }).over(
            (over: { partitionBy(c: string): unknown }) => over.partitionBy('ls'),
          ),
        ),
      ),
      /it partitions by an array/,
    ],
    ['a minimum', edges().select(x(fn.min('li'))), /fn\.min takes .* but li is array/],
    ['its text', edges().select(x(fn.toText('st'))), /fn\.toText takes/],
    ['structs in an array', edges().select(x(fn.arraySort('ls'))), /it compares elements that are structs/],
    [
      'a missing field',
      edges().select(x(fn.field('st', 'zz'))),
      /the struct has no field zz: its fields are t, i, d, at/,
    ],
    ['a name of a field', edges().select(x(fn.struct({ 'a b': 'i' }))), /"a b" cannot name a field/],
    ['fields of one name', edges().select(x(fn.struct({ a: 'i', A: 'i' }))), /two fields are called A/],
    [
      'two unnests',
      edges().select([x(fn.unnest('li')), fn.unnest('lt').as('y' as never)]),
      /fn\.unnest beside another one/,
    ],
    [
      'an unnest in a group',
      edges()
        .groupBy('x')
        .select(x(fn.unnest('li'))),
      /fn\.unnest beside a group/,
    ],
    ['an unnest of text', edges().select(x(fn.unnest('t'))), /fn\.unnest takes array for its array, but t is text/],
  ])('is refused in %s', (_, query, message) => {
    expect(problem(query)).toMatch(message)
  })

  it('can pass through joins, unions, orders and groups by other columns', () => {
    expect(
      problem(
        edges()
          .select(['id', 'li'])
          .unionAll(edges().select(['id', 'lj'])),
      ),
    ).toBe('none')
    expect(problem(edges().select(['id', 'li', 'st']).orderBy('small').limit(3))).toBe('none')
    expect(
      problem(
        edges()
          .groupBy('small')
          .select(['small', x(fn.list('st'))]),
      ),
    ).toBe('none')
  })
})

describe('the rows of an unnest', () => {
  const { relation, outputs } = read(edges().select(['id', x(fn.unnest('li'))]))
  const [id = '', value = ''] = outputs.map((output) => output.id)

  it('need the array even if the query selects only other outputs', () => {
    const inner = edges()
      .select(['t', x(fn.unnest('li'))])
      .as('s')
    expect(columnsRead(read((db as unknown as Loose).selectFrom(inner).select('t')).relation).get('edges')).toEqual(
      new Set(['t', 'li']),
    )
  })

  it('have no key, because an array can hold a value twice', () => {
    expect(isUniqueBy(relation, new Set([id, value]))).toBe(false)
  })

  it('can be any number for each row of the upstream, and are none if the upstream has no rows', () => {
    const bounds = (removed: number, added: number) => ({ rows: () => 3, changed: () => ({ removed, added }) })
    expect(rowsAtMost(relation, bounds(0, 0))).toBe(Number.POSITIVE_INFINITY)
    expect(rowsAtMost(relation, { ...bounds(0, 0), rows: () => 0 })).toBe(0)
    expect(changedAtMost(relation, bounds(0, 0))).toEqual({ removed: 0, added: 0, keys: 0 })
    expect(changedAtMost(relation, bounds(0, 1))).toMatchObject({ removed: 0, added: Number.POSITIVE_INFINITY })
  })

  it('are searched for in all files, because bounds do not limit the values in arrays', () => {
    const ranges = new Map([
      [value, { min: 1, max: 2, nulls: false }],
      [id, { min: 5n, nulls: false }],
    ])
    const [scan] = scansOf(pushDownRanges(relation, ranges))
    const named = new Map(scan?.columns.map((column) => [column.name, scan.ranges.get(column.id)]))
    expect(named.get('li')).toBeUndefined()
    expect(named.get('id')).toEqual({ min: 5n, nulls: false })
  })
})
