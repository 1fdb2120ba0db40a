/** A DuckDB in memory for the tests of a `describe`. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll } from 'vitest'

/** Opens the database before the tests and closes it after them. */
export function memoryDuckDb(): () => DuckDBConnection {
  let instance: DuckDBInstance
  let db: DuckDBConnection
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    db = await instance.connect()
  })
  afterAll(() => {
    db.closeSync()
    instance.closeSync()
  })
  return () => db
}
