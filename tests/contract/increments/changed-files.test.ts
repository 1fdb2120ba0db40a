// Random edits of a file: lake finds the right removed, added and unchanged rows.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DataFile } from '../../../framework/engine/data-file.ts'
import type { InputVersions } from '../../../framework/engine/increment.ts'
import { type DuckDb, DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { DuckDbSqlSession } from '../../../framework/engines/duckdb/duckdb-sql-session.ts'
import { SharedTables } from '../../../framework/engines/duckdb/shared-tables.ts'
import { InputDeltas } from '../../../framework/engines/sql/increment/input-deltas.ts'
import { INT } from '../../../framework/expression/value-type.ts'
import { scan } from '../../../framework/relation/build.ts'
import type { Part, Scan } from '../../../framework/relation/relation.ts'
import { checkProperty } from '../../support/random/property.ts'

const RUNS = 30

/** The columns `x`, `y` and `_file`. */
type Row = readonly [number | null, number | null, 'edited' | 'other']

const COLUMNS = [
  { name: 'x', type: { kind: 'int' }, nullable: true },
  { name: 'y', type: { kind: 'int' }, nullable: true },
  { name: '_file', type: { kind: 'text' }, nullable: false },
] as const

const value = fc.option(fc.integer({ min: 0, max: 3 }), { freq: 5 })
const row = fc.tuple(value, value, fc.constant('edited' as const))
const others = fc.array(fc.tuple(value, value, fc.constant('other' as const)), { maxLength: 3 })

/** A row of a file, and what replaces it: nothing, the same row or another row. */
const edits = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: row.map((same) => ({ before: [same], after: [same] })) },
    { weight: 2, arbitrary: fc.record({ before: fc.tuple(row), after: fc.tuple(row) }) },
    {
      weight: 1,
      arbitrary: fc.record({ before: fc.array(row, { maxLength: 1 }), after: fc.array(row, { maxLength: 1 }) }),
    },
  ),
  { maxLength: 12 },
)

/** How the engine does the work. The rows do not depend on it. */
const ways = fc.record({ knowsFiles: fc.boolean(), reversed: fc.boolean(), narrow: fc.boolean() })

describe('the changed rows of a file', () => {
  let directory: string
  let session: DuckDbSession
  let made = 0
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lake-changed-files-'))
    session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
  })
  afterAll(() => {
    session.close()
    rmSync(directory, { recursive: true })
  })

  async function fileOf(of: DuckDbSession, rows: readonly Row[]): Promise<readonly DataFile[]> {
    if (rows.length === 0) return []
    const location = join(directory, `part-${made++}.parquet`)
    const values = rows.map(([x, y, file]) => `(${x ?? 'NULL'}::INTEGER, ${y ?? 'NULL'}::INTEGER, '${file}')`)
    await of.withConnection((db) =>
      db.run(`COPY (SELECT * FROM (VALUES ${values.join(', ')}) AS v(x, y, _file)) TO '${location}' (FORMAT parquet)`),
    )
    return [{ location, rows: rows.length, size: 1, partitionValues: {}, stats: () => undefined }]
  }

  /** The session of one table in a run. The tables of a run share some state. */
  function sessionOf(run: DuckDbSession, db: DuckDb, shared: SharedTables): DuckDbSqlSession {
    const asker = {}
    const options = { worth: { minRowsToSkip: 0, minRowsToSplit: 0 } }
    const onOther =
      <Value>(make: (own: DuckDbSqlSession, name: string) => Promise<Value>) =>
      (name: string) =>
        run.withConnection((other) => make(new DuckDbSqlSession(other, { ...options, shared: true }), name))
    return new DuckDbSqlSession(db, {
      ...options,
      shareTables: (cacheKey, make) => shared.share(cacheKey, onOther(make)),
      shareIfRequestedBefore: (cacheKey, make) => shared.shareIfRequestedBefore(cacheKey, asker, onOther(make)),
    })
  }

  it('turn the old rows into the new rows, even if several tables of a run share the comparison', async () => {
    let lookedUp = 0
    const property = fc.asyncProperty(edits, others, others, ways, async (edited, outside, kept, way) => {
      const versions = {
        before: [...edited.flatMap(({ before }): readonly Row[] => before), ...outside],
        after: [...edited.flatMap(({ after }): readonly Row[] => after), ...outside],
      }
      const common = await fileOf(session, kept)
      const come = await fileOf(session, way.reversed ? versions.after.toReversed() : versions.after)
      const before = [...(await fileOf(session, versions.before)), ...common]
      const after = [...come, ...common]
      const count = (rows: readonly Row[]) => rows.length - outside.length
      const counts = { rowsBefore: count(versions.before), rowsAfter: count(versions.after) }
      const input: InputVersions = {
        ...{ columns: COLUMNS, before, after },
        within: way.knowsFiles ? { column: '_file', values: ['edited'], ...counts } : undefined,
        shared: { name: 'a@1-2', columns: ['x', 'y'], tables: 2 },
      }
      const run = await DuckDbSession.open({ memoryLimit: '500MB', threads: 2 }, directory)
      const shared = new SharedTables()
      for (let table = 0; table < 2; table += 1) {
        await run.withConnection(async (db) => {
          const columns = [column('x', 'c0'), ...(way.narrow ? [] : [column('y', 'c1')])]
          lookedUp += await check(db, sessionOf(run, db, shared), { input, read: scan('a', columns) })
        })
      }
      run.close()
    })
    const runs = await checkProperty('changed files', property, RUNS)
    expect(lookedUp).toBeGreaterThan(runs / 2)
  })
})

const column = (name: string, id: string) => ({ name, id, type: INT, nullable: true })

interface Checked {
  readonly input: InputVersions
  readonly read: Scan
}

/** Returns how often the session looked up rows once for all tables. */
async function check(db: DuckDb, sqlSession: DuckDbSqlSession, { input, read }: Checked): Promise<number> {
  const select = read.columns.map(({ name }) => name).join(', ')
  const rows = async (from: string) =>
    (await db.rows(`SELECT ${select} FROM ${from}`)).map((row) => Object.values(row).join()).toSorted()
  const stored = (files: readonly DataFile[]) =>
    files.length === 0 ? [] : rows(`read_parquet([${files.map(({ location }) => `'${location}'`)}])`)
  const [before, after] = [await stored(input.before), await stored(input.after)]
  const deltas = await InputDeltas.open(sqlSession, new Map([['a', input]]), [read])
  const changed = deltas.changed.get('a')
  if (!changed) {
    expect(after).toEqual(before)
    return 0
  }
  const part = (of: Part, scanned = read) => rows(deltas.sql({ ...scanned, part: of }))
  const [removed, added, unchanged] = [await part('removed'), await part('added'), await part('unchanged')]
  expect(removed.length > 0).toBe(changed.removed)
  expect(added.length > 0).toBe(changed.added)
  expect(removed.filter((row) => added.includes(row))).toEqual([])
  expect([...unchanged, ...removed].toSorted()).toEqual(before)
  expect([...unchanged, ...added].toSorted()).toEqual(after)
  const key = (row: string) => row.split(',')[0] ?? ''
  const keys = new Set([...removed, ...added].map(key).filter((text) => text !== ''))
  const matching = (some: readonly string[]) => some.filter((row) => keys.has(key(row)))
  let lookedUp = 0
  for (const of of ['before', 'after', 'unchanged'] as const) {
    const found = await deltas.lookUp({ ...read, part: of }, 'c0', { alias: 'a', column: 'x' })
    if (found.found !== undefined) lookedUp += 1
    expect(matching(await part(of, found))).toEqual(matching(await part(of)))
  }
  return lookedUp
}
