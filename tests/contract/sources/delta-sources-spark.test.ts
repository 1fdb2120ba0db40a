// Sources that delta-spark writes have the rows that delta-spark reads, after each of its changes.

import { cpSync, existsSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import * as declare from 'lake'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { inferPlace } from '../../../framework/cli/commands/project/infer.ts'
import type { ColumnSchemas } from '../../../framework/declare/columns.ts'
import type { Source } from '../../../framework/declare/definition.ts'
import { liveRowsOf } from '../../../framework/delta/actions.ts'
import { readSnapshot, type Snapshot } from '../../../framework/delta/snapshot.ts'
import { DuckDbSession, defaultSettings } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { identifier, inputSql } from '../../../framework/engines/duckdb/sql.ts'
import type { AssetGraph } from '../../../framework/graph/asset-graph.ts'
import { type LineColumn, lineColumns } from '../../../framework/ingest/lines/line-columns.ts'
import { readProvenance } from '../../../framework/observe/provenance.ts'
import { tableOf } from '../../../framework/tables/table-version.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors } from '../../support/lakes/test-run.ts'
import { HISTORIES, type History, REFUSALS } from '../../support/projects/spark-tables.ts'
import { IS_FUZZ } from '../../support/shared/fuzz.ts'
import { DeltaSpark } from '../../support/spark/delta-spark.ts'
import { oneSpark, type SparkEnvironment } from '../../support/spark/spark.ts'
import { UNCOMPILED } from '../../support/spark/submit-settings.ts'

const KEY = 'plays'

const sourceOf = (columns: ColumnSchemas): AssetGraph =>
  graphOf([declare.defineSource({ key: KEY, format: declare.delta(), maxRejected: 0, columns })])

/** SQL for the value as a text that both engines give, or as a number. */
function textSql(value: string, { type }: Pick<LineColumn, 'type'>, dialect: 'duckdb' | 'spark'): string {
  const isSpark = dialect === 'spark'
  switch (type.kind) {
    case 'timestamp':
      return isSpark
        ? `CAST(unix_micros(CAST(${value} AS TIMESTAMP)) AS STRING)`
        : `CAST(epoch_us(${value}) AS VARCHAR)`
    case 'double':
      return `CAST(${value} AS DOUBLE)`
    case 'array':
    case 'map':
    case 'struct':
      return isSpark ? `to_json(${value}, map('ignoreNullFields', 'false'))` : `CAST(to_json(${value}) AS VARCHAR)`
    case 'decimal':
      return `CAST(CAST(${value} AS DECIMAL(${type.precision}, ${type.scale})) AS ${isSpark ? 'STRING' : 'VARCHAR'})`
    default:
      return `CAST(${value} AS ${isSpark ? 'STRING' : 'VARCHAR'})`
  }
}

const inOrder = (rows: readonly (readonly unknown[])[]) => rows.map((row) => JSON.stringify(row)).sort()

async function sparkRows(spark: DeltaSpark, table: string, columns: readonly LineColumn[]): Promise<readonly string[]> {
  const values = columns.map((column, index) => {
    const value = column.keys.map((key) => `\`${key}\``).join('.')
    return `${textSql(value, column, 'spark')} AS c${index}`
  })
  return inOrder((await spark.sql(`SELECT ${values.join(', ')} FROM ${table}`)).rows)
}

async function snapshotIn(lake: TestLake): Promise<Snapshot> {
  const snapshot = await readSnapshot(lake.lake, KEY)
  if (!snapshot) throw new Error('there is no table')
  return snapshot
}

/** The rows of the source: once alone, and once with the file and line of each. */
async function lakeRows(lake: TestLake, columns: readonly LineColumn[]) {
  const table = await tableOf(lake.lake, KEY, await snapshotIn(lake))
  const session = await DuckDbSession.open(defaultSettings(), lake.directory)
  try {
    const values = columns.map((column, index) => `${textSql(identifier(column.name), column, 'duckdb')} AS c${index}`)
    const read = await session.withConnection((db) =>
      db.rows(`SELECT ${values.join(', ')}, _file, CAST(_line AS VARCHAR) AS _line FROM ${inputSql(table)}`),
    )
    const rows = read.map((row) => Object.values(row))
    return { rows: inOrder(rows.map((row) => row.slice(0, -2))), placed: inOrder(rows) }
  } finally {
    session.close()
  }
}

/** Builds another lake, which has read nothing before, from the same table. */
async function anew<Result>(lake: TestLake, graph: AssetGraph, use: (other: TestLake) => Promise<Result>) {
  const other = new TestLake()
  try {
    cpSync(join(lake.directory, 'input'), join(other.directory, 'input'), { recursive: true, preserveTimestamps: true })
    expect(errors(await other.run(graph))).toEqual([])
    return await use(other)
  } finally {
    other.close()
  }
}

async function countedRows(lake: TestLake): Promise<number> {
  const { files } = await snapshotIn(lake)
  return [...files.values()].reduce((sum, file) => sum + (liveRowsOf(file) ?? Number.NaN), 0)
}

async function versionRead(lake: TestLake): Promise<number | undefined> {
  const { version } = await snapshotIn(lake)
  return (await readProvenance(lake.lake, KEY, version))?.source?.table?.version
}

/** Sets the times of the log's files to 40 days ago, in the order of the files. */
function age(table: string): void {
  const log = join(table, '_delta_log')
  const start = Date.now() / 1000 - 40 * 86_400
  for (const [index, name] of readdirSync(log).sort().entries()) {
    if (/^\d/.test(name)) utimesSync(join(log, name), start + index, start + index)
  }
}

/** The number of the last commit. */
const newestIn = (table: string): number =>
  Math.max(
    ...readdirSync(join(table, '_delta_log')).map((name) =>
      /^\d{20}\.json$/.test(name) ? Number(name.slice(0, 20)) : 0,
    ),
  )

/** The source that `lake infer` declares. */
async function inferred(table: string): Promise<Source> {
  const { declaration } = await inferPlace(table, { key: KEY })
  const script = declaration
    .replace(/^import (.*) from 'lake'/, 'const $1 = lake')
    .replace(`export const ${KEY} =`, 'return')
  return new Function('lake', script)(declare)
}

describe.each(oneSpark('4.1'))('with Spark $version', (environment: SparkEnvironment) => {
  let spark: DeltaSpark
  beforeAll(async () => {
    spark = await DeltaSpark.open(environment, {
      ...UNCOMPILED,
      'spark.sql.session.timeZone': 'America/New_York',
      // A vacuum lists files in as many tasks as this setting says.
      'spark.sql.sources.parallelPartitionDiscovery.parallelism': '2',
      'spark.databricks.delta.retentionDurationCheck.enabled': 'false',
    })
  })
  afterAll(() => spark.close())

  function newLake() {
    const lake = new TestLake()
    onTestFinished(() => lake.close())
    const place = join(lake.directory, 'input', KEY)
    const table = `delta.\`${place}\``
    const change = async (statements: readonly string[]) => {
      for (const statement of statements)
        await spark.sql(statement.replaceAll('<t>', table).replaceAll('<input>', join(lake.directory, 'input')))
    }
    return { lake, place, table, change }
  }

  const isTried = ([, { since = '3.5', isRare = false }]: readonly [string, Pick<History, 'since' | 'isRare'>]) =>
    since <= environment.version && (IS_FUZZ || !isRare)

  it.each(Object.entries(HISTORIES).filter(isTried))(
    'a table with %s is followed row by row',
    async (_, { changes }) => {
      const { lake, place, table, change } = newLake()
      let columns: ColumnSchemas = {}
      let rows = 0
      for (const [step, { statements, ...after }] of changes.entries()) {
        const of = <Value>(value: Value) => ({ step, change: statements.at(-1), value })
        if (after.isAged) age(place)
        await change(statements)
        if (after.isAged) expect(existsSync(join(place, '_delta_log', `${'0'.repeat(20)}.json`))).toBe(false)
        columns = after.columns ?? columns
        const graph = sourceOf(columns)
        const taken = lineColumns(graph.get(KEY).columns)
        expect(of((await lake.plan(graph)).steps.length)).toEqual(of(after.isFresh ? 0 : 1))
        expect(of(errors(await lake.run(graph)))).toEqual(of([]))
        const [own, read] = [await lakeRows(lake, taken), await sparkRows(spark, table, taken)]
        rows = read.length
        expect(of(own.rows)).toEqual(of(read))
        expect(of(await countedRows(lake))).toEqual(of(rows))
        expect(of(own.placed)).toEqual(
          of(await anew(lake, graph, async (other) => (await lakeRows(other, taken)).placed)),
        )
        if (!after.isFresh) expect(of(await versionRead(lake))).toEqual(of(newestIn(place)))
      }
      expect(await anew(lake, graphOf([await inferred(place)]), countedRows)).toBe(rows)
    },
  )

  it.each(Object.entries(REFUSALS).filter(isTried))('a table with %s is refused by name', async (_, refusal) => {
    const { lake, change } = newLake()
    await change(refusal.statements)
    const run = lake.run(sourceOf(refusal.columns)).then((ended) => errors(ended)[0])
    const { code, message } = await run.catch((error) => error)
    expect({ code, message }).toEqual({ code: refusal.code, message: expect.stringMatching(refusal.message) })
    expect(await readSnapshot(lake.lake, KEY)).toBeUndefined()
  })
})
