/**
 * The hash that lake adds to DuckDB: it has the right values, and queries with it can run
 * concurrently and be interrupted.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'

describe('lake_xxhash64', () => {
  let session: DuckDbSession
  beforeAll(async () => {
    session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, '/tmp')
  })
  afterAll(() => session.close())

  const hashed = (text: string) =>
    session.withConnection(async (db) => (await db.rows(`SELECT lake_xxhash64(encode(${text})) AS hash`))[0]?.hash)

  it('gives the hashes that the documentation of Spark and of XXH64 gives', async () => {
    expect(await hashed("'ABC'")).toBe(4105715581806190027n)
    expect(await hashed("''")).toBe(-7444071767201028348n)
    expect(await hashed('NULL')).toBeNull()
  })

  it('gives another hash if any byte changes, for every block length', async () => {
    const texts = `SELECT repeat('é', CAST(n AS INT)) || chr(0) || n AS t FROM range(200) AS r(n)`
    const rows = await session.withConnection((db) =>
      db.rows(`SELECT count(DISTINCT lake_xxhash64(encode(t))) AS n FROM (${texts})`),
    )
    expect(rows).toEqual([{ n: 200n }])
  })

  it('gives the same hashes to concurrent queries', async () => {
    const sql = `SELECT bit_xor(lake_xxhash64(encode('song ' || n))) AS hash FROM range(50000) AS r(n)`
    const one = await session.withConnection((db) => db.rows(sql))
    const all = await Promise.all(Array.from({ length: 6 }, () => session.withConnection((db) => db.rows(sql))))
    expect(all).toEqual(Array.from({ length: 6 }, () => one))
  })

  it('stops with an interrupted query, even if the query has not begun, and then answers the next query', async () => {
    for (let time = 0; time < 20; time++) await interruptedQuery()
    expect(await hashed("'ABC'")).toBe(4105715581806190027n)
  })

  async function interruptedQuery() {
    const abort = new AbortController()
    const endless = session.withConnection((db) => {
      const rows = db.rows(`SELECT sum(lake_xxhash64(encode('song ' || n))) FROM range(100000000000) AS r(n)`)
      abort.abort()
      return rows
    }, abort.signal)
    await expect(endless).rejects.toThrow()
  }
})
