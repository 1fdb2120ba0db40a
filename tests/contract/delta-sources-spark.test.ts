// Sources that delta-spark writes have the rows that delta-spark reads, after each of its commits.

import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { deltaSpark } from '../support/delta-spark.ts'
import { playGraph, playRows, playTexts, rowsReadAnew } from '../support/outside-plays.ts'
import { type SparkEnvironment, sparkEnvironments } from '../support/spark.ts'
import { uncompiled } from '../support/spark-engine.ts'
import { TestLake } from '../support/test-lake.ts'
import { errors } from '../support/test-run.ts'

/** Rows of `n` ids from `from` on, with nulls, and values that a path has to escape. */
const rows = (from: number, n: number) => `
  SELECT id, CASE WHEN id % 5 = 0 THEN NULL ELSE concat('Title ', id % 7) END AS title,
    timestamp_micros(1542241826796123 + id * 1000000) AS played_at, CAST(id AS DECIMAL(9, 2)) / 4 AS price,
    CASE WHEN id % 3 = 0 THEN NULL ELSE named_struct('city', concat('a=b %/', id)) END AS place,
    CASE WHEN id % 4 = 0 THEN NULL ELSE date_add(DATE'2018-11-01', CAST(id % 3 AS INT)) END AS day
  FROM range(${from}, ${from + n})`
const typed = (select: string) =>
  `SELECT id, title, played_at, CAST(price AS DECIMAL(9, 2)) AS price, place, day FROM (${select})`

const VECTORS = "'delta.enableDeletionVectors' = 'true'"
const COLUMNS = 'id BIGINT, title STRING, played_at TIMESTAMP, price DECIMAL(9, 2), place STRUCT<city STRING>, day DATE'

/** The table's features -> how it is created. */
const TABLES: Readonly<Record<string, string>> = {
  'no features': '',
  'partitions and deletion vectors': `PARTITIONED BY (day) TBLPROPERTIES (${VECTORS})`,
  'columns mapped by name, and checkpoints of the second version': `PARTITIONED BY (day, title) TBLPROPERTIES (${VECTORS},
    'delta.columnMapping.mode' = 'name', 'delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '2')`,
  'columns mapped by id, and row tracking': `TBLPROPERTIES (${VECTORS}, 'delta.columnMapping.mode' = 'id',
    'delta.enableRowTracking' = 'true', 'delta.enableInCommitTimestamps' = 'true', 'delta.checkpointInterval' = '3')`,
}

const CHANGES: Readonly<Record<string, (table: string) => string>> = {
  append: (table) => `INSERT INTO ${table} ${typed(rows(100, 20))}`,
  delete: (table) => `DELETE FROM ${table} WHERE id % 10 = 3`,
  'delete more': (table) => `DELETE FROM ${table} WHERE id % 10 = 4`,
  merge: (table) => `MERGE INTO ${table} AS t USING (${typed(rows(90, 30))}) AS s ON t.id = s.id
    WHEN MATCHED AND s.id % 2 = 0 THEN UPDATE SET title = 'merged', day = DATE'2020-02-29'
    WHEN MATCHED AND s.id % 7 = 0 THEN DELETE
    WHEN NOT MATCHED THEN INSERT *`,
  'add a column': (table) => `ALTER TABLE ${table} ADD COLUMNS (mood STRING)`,
  'append with the column': (table) => `INSERT INTO ${table} SELECT *, 'calm' FROM (${typed(rows(200, 5))})`,
  optimize: (table) => `OPTIMIZE ${table}`,
  'set a property': (table) => `ALTER TABLE ${table} SET TBLPROPERTIES ('owner' = 'others')`,
  update: (table) => `UPDATE ${table} SET price = price + 1, place = NULL WHERE id < 20`,
  overwrite: (table) => `INSERT OVERWRITE ${table} SELECT *, 'new' FROM (${typed(rows(1000, 30))})`,
  'delete all': (table) => `DELETE FROM ${table}`,
  'append again': (table) => `INSERT INTO ${table} SELECT *, 'new' FROM (${typed(rows(0, 10))})`,
}

describe.each(sparkEnvironments())('with Spark $version', (environment: SparkEnvironment) => {
  const openDelta = deltaSpark(uncompiled(environment))

  it.each(Object.entries(TABLES))('a table with %s is followed row by row', async (_, created) => {
    const lake = new TestLake()
    onTestFinished(() => lake.close())
    const spark = openDelta()
    onTestFinished(() => spark.close())
    const table = `delta.\`${join(lake.directory, 'input/plays')}\``
    await spark.sql(`CREATE TABLE ${table} (${COLUMNS}) USING DELTA ${created}`)
    await spark.sql(`INSERT INTO ${table} ${typed(rows(0, 60))}`)
    for (const [change, statement] of [['create', undefined] as const, ...Object.entries(CHANGES)]) {
      if (statement) await spark.sql(statement(table))
      expect(errors(await lake.run(playGraph))).toEqual([])
      const [own, anew] = [await playRows(lake), await rowsReadAnew(lake)]
      const read = await spark.sql(`SELECT ${playTexts('unix_micros')} FROM ${table}`)
      expect({ change, rows: own.rows }).toEqual({ change, rows: read.rows.map((row) => JSON.stringify(row)).sort() })
      expect({ change, placed: own.placed }).toEqual({ change, placed: anew.placed })
      expect({ change, differences: await lake.differences(playGraph) }).toEqual({ change, differences: {} })
    }
  })
})
