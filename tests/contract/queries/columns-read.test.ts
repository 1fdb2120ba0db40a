// The rows of a random query do not depend on the columns that it does not read, according to the
// reader.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnsRead } from '../../../framework/query/reader/read-query.ts'
import { memoryDuckDb } from '../../support/engines/memory-duckdb.ts'
import { checkProperty } from '../../support/random/property.ts'
import { randomQuery, TABLES } from '../../support/random/random-query.ts'
import { readRandom } from '../../support/random/read-random-query.ts'

const RUNS = 100

/** A row, and the values that replace its columns if the query does not read them. */
type Row = readonly { readonly value: number | null; readonly other: number | null }[]

const cell = fc.option(fc.integer({ min: 0, max: 2 }), { freq: 5 })
const rows = fc.array(fc.array(fc.record({ value: cell, other: cell }), { minLength: 3, maxLength: 3 }), {
  minLength: 1,
  maxLength: 6,
})
const contents = fc.record({ a: rows, b: rows })

describe('a query’s result', () => {
  const db = memoryDuckDb()

  async function run(sql: string, tables: Record<'a' | 'b', string>): Promise<readonly string[]> {
    for (const [name, select] of Object.entries(tables)) await db().run(`create or replace table ${name} as ${select}`)
    const result = await db().runAndReadAll(sql)
    return result
      .getRows()
      .map((row) => row.join())
      .sort()
  }

  it('does not depend on columns that the query does not read', async () => {
    let spared = 0
    const property = fc.asyncProperty(randomQuery, contents, async (spec, { a, b }) => {
      const { read: query, reference } = readRandom(spec)
      if (query.kind === 'refused') return
      const read = columnsNamed(columnsRead(query.relation))
      const before = await run(reference, { a: tableSql('a', a, TABLES), b: tableSql('b', b, TABLES) })
      const after = await run(reference, { a: tableSql('a', a, read), b: tableSql('b', b, read) })
      expect(after, reference).toEqual(before)
      if ([...read.values()].some(({ length }) => length > 0 && length < 4)) spared += 1
    })
    const runs = await checkProperty('columns read', property, RUNS)
    if (runs >= RUNS) expect(spared).toBeGreaterThan(runs / 2)
  })
})

type TableColumns = ReadonlyMap<string, readonly string[]>

const columnsNamed = (read: ReadonlyMap<string, ReadonlySet<string>>): TableColumns =>
  new Map([...read].map(([alias, names]) => [alias, [...names]]))

/**
 * Overwrites all columns of the rows except those in `kept`. It keeps `id`, so that the rows can be
 * ranked.
 */
function tableSql(table: string, content: readonly Row[], kept: TableColumns): string {
  const names = TABLES.get(table) ?? []
  const isKept = (name: string) => kept.get(table)?.includes(name)
  const values = content.map((row, index) =>
    [{ value: index, other: 9 }, ...row].map(({ value, other }, column) =>
      isKept(names[column] ?? '') ? value : other,
    ),
  )
  const typed = names.map((name, column) => `col${column}::int as ${name}`).join()
  const lines = [names.map(() => null), ...values].map((line) => `(${line.map(String).join()})`)
  return `select ${typed} from (values ${lines.join()}) offset 1`
}
