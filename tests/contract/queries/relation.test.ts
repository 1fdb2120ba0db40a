// The relation that the reader makes of a random query gives the same rows as the query.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { relationSql } from '../../../framework/relation/sql/relation-sql.ts'
import { memoryDuckDb } from '../../support/engines/memory-duckdb.ts'
import { checkProperty } from '../../support/random/property.ts'
import { randomQuery, TABLES } from '../../support/random/random-query.ts'
import { readRandom } from '../../support/random/read-random-query.ts'

const RUNS = 100

const cell = fc.option(fc.integer({ min: 0, max: 2 }), { freq: 5 })
const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 0, maxLength: 6 })

describe('the relation that the reader makes of a query', () => {
  const db = memoryDuckDb()
  const run = async (sql: string) => (await db().runAndReadAll(sql)).getRows().map((row) => row.join())

  it('gives the rows of the query', async () => {
    let covered = 0
    const property = fc.asyncProperty(randomQuery, rows, rows, async (spec, a, b) => {
      const { read, reference } = readRandom(spec)
      if (read.kind === 'refused') return
      covered += 1
      for (const [name, content] of Object.entries({ a, b })) {
        const values = content.map((row, index) => [index, ...row])
        const lines = [[null, null, null, null], ...values].map((line) => `(${line.map(String).join()})`)
        const typed = (TABLES.get(name) ?? []).map((column, index) => `col${index}::int as ${column}`)
        await db().run(`create or replace table ${name} as select ${typed} from (values ${lines.join()}) offset 1`)
      }
      const sql = relationSql(read.relation, {
        expressions: duckdbDialect,
        scan: ({ alias }) => alias,
        staged: (name) => name,
      })
      const outputs = read.outputs.map(({ id }) => id).join()
      expect((await run(`select ${outputs} from (${sql})`)).sort(), reference).toEqual((await run(reference)).sort())
    })
    const runs = await checkProperty('queries as relations', property, RUNS)
    if (runs >= RUNS) expect(covered).toBeGreaterThan(runs / 3)
  })
})
