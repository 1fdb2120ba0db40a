// A source that is a table of another lake has the rows that deletion vectors leave in that table.

import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { defineSource, delta, int, text } from 'lake'
import { expect, it, onTestFinished } from 'vitest'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { DuckDbSession, defaultSettings } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { inputSql } from '../../../framework/engines/duckdb/sql.ts'
import { tableOf } from '../../../framework/tables/table-version.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors } from '../../support/lakes/test-run.ts'
import { nameSong, playAssets, writePlays } from '../../support/projects/marked-plays.ts'

const source = graphOf([
  defineSource({ key: 'titled_plays', format: delta(), columns: { n: int(), half: int(), title: text().nullable() } }),
])

/** The rows of `titled_plays` in a lake, in order. */
async function rowsIn(lake: TestLake): Promise<readonly string[]> {
  const snapshot = await readSnapshot(lake.lake, 'titled_plays')
  if (!snapshot) throw new Error('there is no table')
  const table = await tableOf(lake.lake, 'titled_plays', snapshot)
  const session = await DuckDbSession.open(defaultSettings(), lake.directory)
  try {
    const rows = await session.withConnection((db) => db.rows(`SELECT n, half, title FROM ${inputSql(table)}`))
    return rows.map((row) => JSON.stringify(Object.values(row))).sort()
  } finally {
    session.close()
  }
}

it('a source follows the deletion vectors of its table', async () => {
  const [writer, lake] = [new TestLake(), new TestLake()]
  for (const one of [writer, lake]) onTestFinished(() => one.close())
  const graph = graphOf(playAssets(true))
  writePlays(writer)
  for (let song = 0; song < 3; song++) {
    if (song > 0) nameSong(writer, song * 7, `Title ${song}, again`)
    expect(errors(await writer.run(graph))).toEqual([])
    cpSync(join(writer.lake.uri, 'titled_plays'), join(lake.directory, 'input/titled_plays'), { recursive: true })
    expect(errors(await lake.run(source))).toEqual([])
    const [read, written] = [await rowsIn(lake), await rowsIn(writer)]
    expect({ song, rows: read.length, same: read.join() === written.join() }).toEqual({
      song,
      rows: 12_000,
      same: true,
    })
  }
  const live = await readSnapshot(writer.lake, 'titled_plays')
  expect([...(live?.files.values() ?? [])].some(({ deletionVector }) => deletionVector)).toBe(true)
})
