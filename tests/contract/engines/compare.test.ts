// Comparing the rows of two tables, on every engine.
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TableColumn } from '../../../framework/delta/schema.ts'
import type { CompareRequest } from '../../../framework/engine/compare.ts'
import { ExactDigits } from '../../../framework/engine/json-value.ts'
import { engineBench, LOCAL_ENGINES } from '../../support/engines/engine-bench.ts'

const COLUMNS: readonly TableColumn[] = [
  { name: 'id', type: { kind: 'text' }, nullable: true },
  { name: 'n', type: { kind: 'bigint' }, nullable: true },
  { name: 'd', type: { kind: 'double' }, nullable: true },
  { name: 'at', type: { kind: 'timestamp' }, nullable: true },
]
const exact = (digits: string) => new ExactDigits(digits)
const CASTS = 'id::VARCHAR AS id, n::BIGINT AS n, d::DOUBLE AS d, "at"::TIMESTAMPTZ AS "at"'

describe.each(LOCAL_ENGINES)('comparing rows with $name', ({ open }) => {
  function comparing() {
    const bench = engineBench(open)
    const directory = bench.directory()
    let files = 0
    /** Writes a data file of these rows, which are given as SQL values. */
    const file = async (...rows: readonly string[]) => {
      const path = join(directory, `${files++}.parquet`)
      const connection = await (await DuckDBInstance.create(':memory:')).connect()
      const values = rows.length > 0 ? rows.join(', ') : '(NULL, NULL, NULL, NULL)'
      const empty = rows.length > 0 ? '' : 'WHERE false'
      await connection.run("SET TimeZone = 'UTC'")
      await connection.run(
        `COPY (SELECT ${CASTS} FROM (VALUES ${values}) AS t(id, n, d, "at") ${empty}) TO '${path}' (FORMAT parquet)`,
      )
      connection.closeSync()
      return path
    }
    const compare = (before: readonly string[], after: readonly string[], more: Partial<CompareRequest> = {}) => {
      const table = (paths: readonly string[]) => ({ columns: COLUMNS, files: paths })
      const signal = new AbortController().signal
      const request = { columns: COLUMNS, key: [], before: table(before), after: table(after), limit: 10, signal }
      return bench.engine.compare({ ...request, ...more })
    }
    return { file, compare }
  }
  const SAME = { removed: 0, added: 0, changed: 0, sample: [] }

  it('finds no difference between the same rows in another order and in other files', async () => {
    const { file, compare } = comparing()
    const rows = ["('a', 1, 0.5, NULL)", "('b', 2, NULL, '2018-11-21 21:56:47.796001')", "('a', 1, 0.5, NULL)"]
    const [first = '', second = '', third = ''] = rows
    expect(await compare([await file(...rows)], [await file(third, second), await file(first)])).toEqual(SAME)
    expect(await compare([], [])).toEqual(SAME)
    expect(await compare([], [await file()])).toEqual(SAME)
  })

  it('treats two nulls, two NaNs, and 0 and -0 as equal, and each of these three as different from the others', async () => {
    const { file, compare } = comparing()
    const before = await file("(NULL, NULL, 'nan'::DOUBLE, NULL)", "('z', 0, 0.0, NULL)")
    expect(await compare([before], [await file("('z', 0, -0.0, NULL)", "(NULL, NULL, 'nan'::DOUBLE, NULL)")])).toEqual(
      SAME,
    )
    const other = await file('(NULL, NULL, NULL, NULL)', "('z', NULL, 0.0, NULL)")
    expect(await compare([before], [other])).toMatchObject({ removed: 2, added: 2 })
    expect(await compare([await file("('', 1, 1, NULL)")], [await file('(NULL, 1, 1, NULL)')])).toMatchObject({
      ...{ removed: 1, added: 1 },
    })
  })

  it('counts duplicate rows', async () => {
    const { file, compare } = comparing()
    const row = "('a', 1, 1, NULL)"
    expect(await compare([await file(row, row, row)], [await file(row)])).toMatchObject({ removed: 2, added: 0 })
    expect(await compare([await file(row)], [await file(row, row)])).toMatchObject({ removed: 0, added: 1 })
  })

  it('reports two rows with the same key as one changed row', async () => {
    const { file, compare } = comparing()
    const before = await file("('a', 1, 1, NULL)", "('b', 1, 1, NULL)", "('c', 1, 1, NULL)")
    const after = await file(
      "('a', 1, 1, NULL)",
      "('b', 9007199254740993, 1, '2018-11-21 21:56:47')",
      "('d', 1, 1, NULL)",
    )
    expect(await compare([before], [after], { key: ['id'] })).toEqual({
      ...{ removed: 1, added: 1, changed: 1 },
      sample: [
        { change: 'removed', row: { id: 'c', n: exact('1'), d: 1, at: null }, found: [] },
        { change: 'added', row: { id: 'd', n: exact('1'), d: 1, at: null }, found: [] },
        {
          change: 'changed',
          before: { id: 'b', n: exact('1'), d: 1, at: null },
          after: { id: 'b', n: exact('9007199254740993'), d: 1, at: '2018-11-21T21:56:47.000Z' },
        },
      ],
    })
    expect(await compare([before], [after])).toMatchObject({ removed: 2, added: 2, changed: 0 })
  })

  it('does not pair rows if one side has their key more than once', async () => {
    const { file, compare } = comparing()
    const before = await file("('a', 1, 1, NULL)")
    const after = await file("('a', 2, 1, NULL)", "('a', 3, 1, NULL)")
    expect(await compare([before], [after], { key: ['id'] })).toMatchObject({ removed: 1, added: 2, changed: 0 })
    const twice = await file("('a', 2, 1, NULL)", "('a', 2, 1, NULL)")
    expect(await compare([before], [twice], { key: ['id'] })).toMatchObject({ removed: 1, added: 2, changed: 0 })
  })

  it('compares only the columns that the caller names', async () => {
    const { file, compare } = comparing()
    const sides = [[await file("('a', 1, 1, NULL)")], [await file("('a', 1, 2, NULL)")]] as const
    expect(await compare(...sides, { columns: COLUMNS.slice(0, 2) })).toEqual(SAME)
    expect(await compare(...sides)).toMatchObject({ removed: 1, added: 1 })
  })

  it('limits the sample to a number of rows of each kind, in the order of the rows', async () => {
    const { file, compare } = comparing()
    const rows = (...ids: readonly string[]) => ids.map((id) => `('${id}', 1, 1, NULL)`)
    const [before, after] = [await file(...rows('c', 'a', 'b')), await file(...rows('z', 'x', 'y'))]
    const { sample, removed } = await compare([before], [after], { limit: 2 })
    expect(removed).toBe(3)
    expect(sample.map((difference) => (difference.change === 'changed' ? '' : difference.row.id))).toEqual([
      ...['a', 'b', 'x', 'y'],
    ])
  })

  it('names the files that hold each row of the sample, and how many copies each file holds', async () => {
    const { file, compare } = comparing()
    const [wrong, right] = ["('a', NULL, 'nan'::DOUBLE, NULL)", "('a', 1, 1, NULL)"]
    const [before, after] = [await file(right), await file(wrong)]
    const [twice, both, neither] = [await file(wrong, wrong), await file(right, wrong), await file("('b', 1, 1, NULL)")]
    const { sample } = await compare([before], [after], { searched: [twice, both, neither] })
    const found = sample.map((difference) => (difference.change === 'changed' ? [] : difference.found))
    expect(found.map((files) => files.toSorted((left, right) => (left.file < right.file ? -1 : 1)))).toEqual([
      [{ file: both, copies: 1 }],
      [
        { file: twice, copies: 2 },
        { file: both, copies: 1 },
      ],
    ])
  })

  it('counts as many differences between random rows as a count in memory', async () => {
    const { file, compare } = comparing()
    const row = fc.record({ id: fc.constantFrom('a', 'b', null), n: fc.constantFrom(1, 2, null) })
    const print = ({ id, n }: { id: string | null; n: number | null }) =>
      `(${id === null ? 'NULL' : `'${id}'`}, ${n ?? 'NULL'}, NULL, NULL)`
    const rows = fc.array(row.map(print), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(rows, rows, async (before, after) => {
        const surplus = (left: readonly string[], right: readonly string[]) =>
          [...new Set(left)].reduce((sum, one) => {
            const [of, inOther] = [left, right].map((side) => side.filter((other) => other === one).length)
            return sum + Math.max(0, (of ?? 0) - (inOther ?? 0))
          }, 0)
        expect(await compare([await file(...before)], [await file(...after)])).toMatchObject({
          ...{ removed: surplus(before, after), added: surplus(after, before), changed: 0 },
        })
      }),
      { numRuns: 30 },
    )
  })

  it('stops when the signal is aborted', async () => {
    const { file, compare } = comparing()
    const signal = AbortSignal.abort()
    await expect(compare([await file("('a', 1, 1, NULL)")], [], { signal })).rejects.toThrow()
  })
})
