/** A source that is a Delta table of another program, and the rows that lake reads from it. */
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { bigint, binary, byKey, date, decimal, defineAsset, defineSource, delta, struct, text, timestamp } from 'lake'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { DuckDbSession, defaultSettings } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { inputSql } from '../../../framework/engines/duckdb/sql.ts'
import { tableOf } from '../../../framework/tables/table-version.ts'
import { graphOf } from '../lakes/graph-of.ts'
import { TestLake } from '../lakes/test-lake.ts'

const plays = defineSource({
  key: 'plays',
  format: delta(),
  maxRejected: 0,
  columns: {
    id: bigint(),
    title: text().nullable(),
    played_at: timestamp().nullable(),
    price: decimal(9, 2).nullable(),
    place: struct({ city: text().nullable() }).nullable(),
    day: date().nullable(),
    cover: binary().nullable(),
  },
})

const titles = defineAsset({
  key: 'titles',
  columns: { title: text().nullable(), plays: bigint() },
  incremental: byKey('title'),
  upstream: { plays },
  query: ({ db }) =>
    db
      .selectFrom('plays')
      .groupBy('title')
      .select(({ fn }) => ['title', fn.countAll().as('plays')]),
})

export const playGraph = graphOf([plays, titles])

/**
 * The values of a play as texts, in SQL that DuckDB and Spark both accept. `micros` is the name of
 * the engine's function for microseconds.
 */
export const playTexts = (micros: 'epoch_us' | 'unix_micros') =>
  ['id', 'title', `${micros}(played_at)`, 'price', 'place.city', 'day', 'hex(cover)']
    .map((value, index) => `CAST(${value} AS ${micros === 'epoch_us' ? 'VARCHAR' : 'STRING'}) AS t${index}`)
    .join(', ')

/** The rows of the source in a lake, in order: their values as texts, with file and line. */
export async function playRows(
  lake: TestLake,
): Promise<{ readonly rows: readonly string[]; readonly placed: readonly string[] }> {
  const snapshot = await readSnapshot(lake.lake, 'plays')
  if (!snapshot) throw new Error('there is no table')
  const table = await tableOf(lake.lake, 'plays', snapshot)
  const session = await DuckDbSession.open(defaultSettings(), lake.directory)
  try {
    const read = await session.withConnection((db) =>
      db.rows(`SELECT ${playTexts('epoch_us')}, _file, CAST(_line AS VARCHAR) AS _line FROM ${inputSql(table)}`),
    )
    const values = read.map((row) => Object.values(row))
    return {
      rows: values.map((row) => JSON.stringify(row.slice(0, 7))).sort(),
      placed: values.map((row) => JSON.stringify(row)).sort(),
    }
  } finally {
    session.close()
  }
}

/** The same rows, read by a lake that has read nothing before. */
export async function rowsReadAnew(lake: TestLake): ReturnType<typeof playRows> {
  const other = new TestLake()
  try {
    cpSync(join(lake.directory, 'input'), join(other.directory, 'input'), { recursive: true, preserveTimestamps: true })
    await other.run(playGraph)
    return await playRows(other)
  } finally {
    other.close()
  }
}
