// A table with more partitions than one statement of DuckDB can write.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bigint, defineSource, text } from 'lake'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { copyToParquet } from '../../../framework/engines/duckdb/files/parquet-writer.ts'
import { filesSql } from '../../../framework/engines/duckdb/sql.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'

const ROWS = 2_000
const NUMBERS = ['a', 'b', 'c', 'd', 'e', 'f']
const SOURCE = graphOf([
  defineSource({
    key: 'parts',
    columns: {
      ...{ id: bigint(), part: text().nullable() },
      ...Object.fromEntries(NUMBERS.map((name) => [name, bigint()])),
    },
  }),
]).get('parts')
/** The columns, without those that say where a row comes from. */
const COLUMNS = SOURCE.columns.filter(({ name }) => !name.startsWith('_'))
/**
 * Puts the rows into other partitions each time it runs. The longest names are replaced by hashes.
 */
const QUERY =
  `SELECT i AS id, CASE WHEN i % 100 > 0 THEN repeat('x', i % 3 * 40) || CAST(random() * 1000 AS INTEGER) END AS part, ` +
  `${NUMBERS.map((name) => `i AS ${name}`).join(', ')} FROM range(${ROWS}) AS rows(i)`

describe('a very large number of partitions', () => {
  let session: DuckDbSession
  let directory: string

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lake-partitions-'))
    session = await DuckDbSession.open({ memoryLimit: '80MB', threads: 2 }, join(directory, 'spill'))
  })

  afterAll(() => {
    session.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it.each([
    ['one statement does not have enough memory', {}],
    ['they are expected', { partitions: 2_300 }],
  ])('is written by several statements if %s: each row once, and one file for each partition', async (_, expected) => {
    const target = { columns: COLUMNS, partitionBy: ['part'], directory: mkdtempSync(join(directory, 'files-')) }
    await session.withConnection(async (db) => {
      const files = await copyToParquet(db, QUERY, { ...target, ...expected })
      const stored = readdirSync(target.directory, { recursive: true }).map(String)
      expect(stored.filter((name) => name.endsWith('.parquet'))).toHaveLength(files.length)
      expect(new Set(stored.map((name) => name.split('/')[0])).size).toBeGreaterThan(1)
      const found = filesSql({ files: files.map(({ location }) => location) })
      const rows = await db.rows(`SELECT count(*) AS "rows", count(DISTINCT id) AS ids, sum(id) AS total FROM ${found}`)
      expect(rows).toEqual([{ rows: BigInt(ROWS), ids: BigInt(ROWS), total: BigInt((ROWS * (ROWS - 1)) / 2) }])
      const parts = await db.rows(`SELECT "lake.file" AS file, part, count(*) AS "rows" FROM ${found} GROUP BY ALL`)
      const logged = files.map((file) => [file.location, file.partitionValues.part, file.stats.rows] as const)
      expect(parts.map(({ file, part, rows }) => [file, part, Number(rows)]).toSorted()).toEqual(logged.toSorted())
      expect(new Set(logged.map(([, part]) => part)).size).toBe(files.length)
      expect(logged.filter(([, part]) => part === null)).toMatchObject([[expect.any(String), null, ROWS / 100]])
    })
  })
})
