/** How lake reads fn.series, when it refuses it, and what it knows about the rows. */
import { describe, expect, it } from 'vitest'
import { changedAtMost, rowsAtMost, valuesAtMost } from '../../../framework/increment/analysis/cardinality.ts'
import { widerThan } from '../../../framework/increment/analysis/key-locality.ts'
import { pushDownRanges } from '../../../framework/increment/pushdown/push-down-ranges.ts'
import { db } from '../../../framework/query/builder/db.ts'
import { columnsRead } from '../../../framework/query/reader/read-query.ts'
import { copied } from '../../../framework/relation/copy.ts'
import { ColumnIds, columnsOf, scansOf } from '../../../framework/relation/relation.ts'
import { isUniqueBy } from '../../../framework/relation/unique.ts'
import { looseFunctions as fn } from '../../support/engines/loose-functions.ts'
import { looseReader } from '../../support/engines/loose-reader.ts'
import { edgeTable } from '../../support/functions/edge-rows.ts'

const TABLES = new Map([['edges', edgeTable]])

interface Loose {
  select(selected: unknown): Loose
  selectFrom(from: unknown): Loose
  where(...condition: unknown[]): Loose
  groupBy(columns: unknown): Loose
  orderBy(column: unknown): Loose
  limit(rows: number): Loose
  distinct(): Loose
  as(alias: string): Loose
  toOperationNode(): unknown
}

const edges = () => (db as unknown as Loose).selectFrom('edges')
const { read, problem } = looseReader(TABLES)

const days = (name = 'x') => fn.series('day', 'day2', 'day').as(name as never)

describe('a series', () => {
  it('gives an output that is never null, of the type of its ends', () => {
    const typesOf = (series: unknown) => read(edges().select(series)).outputs
    expect(typesOf(days())).toMatchObject([{ name: 'x', type: { kind: 'date' }, nullable: false }])
    expect(typesOf(fn.series('day', 'at', 'hour').as('x' as never))).toMatchObject([{ type: { kind: 'timestamp' } }])
    expect(typesOf(fn.series('i', 'n', 2).as('x' as never))).toMatchObject([{ type: { kind: 'bigint' } }])
  })

  it('reads its ends even if the query selects only other outputs', () => {
    const inner = edges().select(['t', days()]).as('s')
    const { relation } = read((db as unknown as Loose).selectFrom(inner).select('t'))
    expect(columnsRead(relation).get('edges')).toEqual(new Set(['t', 'day', 'day2']))
  })

  it.each([
    [
      'in an expression',
      edges().select(fn.year(fn.series('day', 'day2', 'day')).as('x' as never)),
      /gives rows, and no/,
    ],
    [
      'in a condition',
      edges()
        .where(fn.series('day', 'day2', 'day'))
        .select('id'),
      /gives rows, and no value/,
    ],
    ['twice', edges().select([days(), days('y')]), /beside another one.*subquery/],
    ['in a group', edges().groupBy('x').select(days()), /beside a group or an aggregate.*subquery/],
    [
      'beside an aggregate',
      edges().select([days(), fn.countRows().as('n' as never)]),
      /beside a group or an aggregate/,
    ],
    ['without a unit', edges().select(fn.series('day', 'day2').as('x' as never)), /has no unit "".*give 'year'/],
    ['of hours between dates', edges().select(fn.series('day', 'day2', 'hour').as('x' as never)), /no unit "hour" for/],
    ['with no step', edges().select(fn.series('i', 'j', 0).as('x' as never)), /no whole number of 1 or more/],
    ['of a number and a date', edges().select(fn.series('i', 'day', 'day').as('x' as never)), /arguments of one type/],
    [
      'of text',
      edges().select(fn.series('t', 'u', 'day').as('x' as never)),
      /takes date or timestamp or int or bigint/,
    ],
  ] as const)('is refused %s', (_, query, message) => {
    expect(problem(query)).toMatch(message)
  })

  it('can be used in sorted, limited and distinct queries', () => {
    expect(problem(edges().select(['id', days()]).orderBy('x').limit(3))).toBe('none')
    expect(problem(edges().select(days()).distinct())).toBe('none')
  })

  const { relation, outputs } = read(edges().select(['id', days()]))
  const [id = '', x = ''] = outputs.map((output) => output.id)

  it('makes a key together with the key of the rows that it expands', () => {
    expect(isUniqueBy(relation, new Set([id, x]))).toBe(true)
    expect(isUniqueBy(relation, new Set([id]))).toBe(false)
    expect(isUniqueBy(relation, new Set([x]))).toBe(false)
  })

  it('gives at most a million rows for each row, and no changed row if no row changed', () => {
    const bounds = (removed: number, added: number) => ({ rows: () => 3, changed: () => ({ removed, added }) })
    expect(rowsAtMost(relation, bounds(0, 0))).toBe(3_000_000)
    expect(valuesAtMost(relation, [id], bounds(0, 0))).toBe(3)
    expect(changedAtMost(relation, bounds(0, 0))).toEqual({ removed: 0, added: 0, keys: 0 })
    expect(changedAtMost(relation, bounds(1, 2))).toMatchObject({ removed: 1_000_000, added: 2_000_000 })
  })

  it('reads only rows whose series can reach into the range of its values', () => {
    const range = { min: '2024-01-05', max: '2024-01-09', nulls: true }
    const [scan] = scansOf(pushDownRanges(relation, new Map([[x, range]])))
    const named = new Map(scan?.columns.map((column) => [column.name, scan.ranges.get(column.id)]))
    expect(named.get('day')).toEqual({ max: '2024-01-09', nulls: false })
    expect(named.get('day2')).toEqual({ min: '2024-01-05', nulls: false })
    expect(named.get('id')).toBeUndefined()
  })

  it('cannot be a key if its ends come from a group or window over other columns', () => {
    const ranked = edges()
      .select(['day', 'day2', fn.max('day2').as('x' as never)])
      .groupBy(['day', 'day2'])
    expect(widerThan(relation, x)).toBeUndefined()
    const around = read(
      (db as unknown as Loose).selectFrom(ranked.as('s')).select(fn.series('day', 'x', 'day').as('y' as never)),
    )
    expect(widerThan(around.relation, around.outputs[0]?.id ?? '')).toMatchObject({ operator: 'a group' })
  })

  it('keeps its shape in a copy, and shares no column with the copy', () => {
    const copy = copied(new ColumnIds('n'), relation).relation
    expect(columnsOf(copy)).toHaveLength(2)
    const own = new Set(JSON.stringify(relation, plain).match(/"c\d+"/g))
    expect([...new Set(JSON.stringify(copy, plain).match(/"c\d+"/g))].filter((column) => own.has(column))).toEqual([])
  })
})

const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
