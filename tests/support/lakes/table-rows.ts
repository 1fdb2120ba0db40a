/** Reads the rows of the newest version of a table in a test lake. */
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { textListLiteral } from '../../../framework/engines/duckdb/sql.ts'
import type { TestLake } from './test-lake.ts'

/** The rows as JSON, in order. */
export async function tableRows({ lake, directory }: TestLake, key: string): Promise<readonly string[]> {
  const snapshot = await readSnapshot(lake, key)
  const files = [...(snapshot?.files.keys() ?? [])].map((path) => lake.locate(`${key}/${path}`))
  if (files.length === 0) return []
  const session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, directory)
  try {
    const sql = `SELECT CAST(to_json(rows) AS VARCHAR) AS row FROM read_parquet(${textListLiteral(files)}) AS rows`
    return (await session.withConnection((db) => db.rows(sql))).map(({ row }) => String(row)).toSorted()
  } finally {
    session.close()
  }
}
