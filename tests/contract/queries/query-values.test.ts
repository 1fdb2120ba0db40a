/** Queries for which random tests once found wrong rows or failures, with their right rows. */
import { type ExpressionWrapper, expressionBuilder } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbDialect } from '../../../framework/engines/duckdb/duckdb-dialect.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { sparkDialect } from '../../../framework/engines/spark/sql/spark-dialect.ts'
import { INT, TEXT } from '../../../framework/expression/value-type.ts'
import { buildQuery, type QueryBuilder, type QueryTree } from '../../../framework/query/query.ts'
import { looseFunctions as fn } from '../../support/engines/loose-functions.ts'
import { readTree, sqlOf } from '../../support/engines/three-engines.ts'
import { duckdbResult } from '../../support/functions/typed-rows.ts'

const TABLES = new Map([
  [
    'rows',
    {
      keys: [['id']],
      columns: [
        { name: 'id', type: INT, nullable: false },
        { name: 'text', type: TEXT, nullable: false },
      ],
    },
  ],
])

interface Ordered {
  orderBy(key: unknown): Ordered
  filterWhere(condition: unknown): Ordered
  as(name: string): unknown
}

const ordered = (call: ExpressionWrapper<never, never, never>): Ordered => call as unknown as Ordered

const selecting = (selection: unknown): QueryTree =>
  buildQuery(({ db }) => (db as never as Loose).selectFrom('rows').select([selection]) as QueryBuilder<unknown>)

interface Loose {
  selectFrom(table: string): { select(selections: readonly unknown[]): unknown }
}

describe('a query', () => {
  let session: DuckDbSession
  beforeAll(async () => {
    session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, '/tmp')
  })
  afterAll(() => session.close())

  async function computed(tree: QueryTree): Promise<unknown> {
    const sql = sqlOf(readTree(tree, TABLES), duckdbDialect)
    return await session.withConnection(async (db) => {
      await db.run("CREATE TEMP TABLE rows AS SELECT * FROM (VALUES (1, '10'), (2, '20'), (3, '40')) AS v(id, text)")
      return (await duckdbResult(db, sql)).rows[0]?.[0]
    })
  }

  const constant = (value: unknown) => expressionBuilder<never, never>().val(value as never)

  it('gives the median of numbers that it converts from texts, over only the rows of a filter', async () => {
    const isLater = expressionBuilder<never, never>()('id' as never, '>', 1 as never)
    const median = ordered(fn.median(fn.toDouble('text'))).filterWhere(isLater)
    expect(await computed(selecting(median.as('x')))).toBe(hex(30))
  })

  it('joins a constant once for each row', async () => {
    expect(await computed(selecting(fn.stringAgg(constant('x'), '-').as('x')))).toBe('x-x-x')
  })

  it('joins texts within a group in an order that begins with a constant', async () => {
    const joined = ordered(fn.stringAgg('text', ' ')).orderBy(constant('k')).orderBy(fn.negate('id'))
    expect(await computed(selecting(joined.as('x')))).toBe('40 20 10')
    // Spark sorts by the constant too.
    expect(sqlOf(readTree(selecting(joined.as('x')), TABLES), sparkDialect)).toContain('array_sort')
  })
})

function hex(value: number): string {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return bytes.toString('hex')
}
