/**
 * Reads the results of the TPC-H queries from a lake, so that tests can compare them with the
 * results of DuckDB.
 */
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { inputSql } from '../../../framework/engines/duckdb/sql.ts'
import type { AssetGraph } from '../../../framework/graph/asset-graph.ts'
import type { TestLake } from '../lakes/test-lake.ts'
import { type PlainRows, plainRows } from './plain-rows.ts'
import { QUERIES } from './project.ts'

/** The rows of the newest version of each query's table. */
export async function answersOf(lake: TestLake, graph: AssetGraph): Promise<Readonly<Record<string, PlainRows>>> {
  const session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, lake.directory)
  try {
    return await session.withConnection(async (db) => {
      const answers: Record<string, PlainRows> = {}
      for (const key of QUERIES) {
        const snapshot = await readSnapshot(lake.lake, key)
        const files = [...(snapshot?.files.keys() ?? [])].map((path) => lake.lake.locate(`${key}/${path}`))
        answers[key] = await plainRows(db, inputSql({ columns: graph.get(key).columns, files }))
      }
      return answers
    })
  } finally {
    session.close()
  }
}
