/** Damages files of a lake as failing disks and programs do. */
import { randomUUID } from 'node:crypto'
import { renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { type AddFile, removeOf } from '../../../framework/delta/actions.ts'
import { commit } from '../../../framework/delta/commit.ts'
import { latestCommit } from '../../../framework/delta/log/log.ts'
import { readSnapshot } from '../../../framework/delta/snapshot.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'

async function runSql(sql: string): Promise<void> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run("SET TimeZone = 'UTC'")
  await connection.run(sql)
  connection.closeSync()
}

/** The only data file of a table in its newest version. */
export async function onlyFile(lake: string, key: string): Promise<AddFile> {
  const files = [...((await readSnapshot(localStorage(lake), key))?.files.values() ?? [])]
  const [file] = files
  if (!file || files.length !== 1) throw new Error(`${key} has ${files.length} data files`)
  return file
}

/** Replaces the rows of a data file without a commit. `select` reads the old rows from `rows`. */
export async function overwriteFile(path: string, select: string): Promise<void> {
  const other = `${path}.other`
  const rows = `SELECT * FROM read_parquet('${path}', hive_partitioning = false)`
  await runSql(`COPY (WITH rows AS (${rows}) ${select}) TO '${other}' (FORMAT parquet)`)
  renameSync(other, path)
}

/**
 * Commits rows that do not fit the statistics in the commit, as a step with a bug would. The table
 * has one data file.
 */
export async function commitWrongRows(lake: string, key: string, select: string): Promise<number> {
  const storage = localStorage(lake)
  const [before, newest] = [await onlyFile(lake, key), await latestCommit(storage, key)]
  if (!newest) throw new Error(`${key} has no versions`)
  const path = `part-${randomUUID()}.parquet`
  const rows = `SELECT * FROM read_parquet('${join(lake, key, before.path)}', hive_partitioning = false)`
  await runSql(`COPY (WITH rows AS (${rows}) ${select}) TO '${join(lake, key, path)}' (FORMAT parquet)`)
  const now = Date.now()
  const committed = await commit(storage, key, {
    readVersion: newest.version,
    actions: {
      adds: [{ ...before, path, size: statSync(join(lake, key, path)).size, modificationTime: now }],
      removes: [removeOf(before, now)],
    },
    commitInfo: { timestamp: now, operation: 'WRITE', engineInfo: 'a bug', lake: newest.commitInfo.lake },
  })
  if (committed.outcome === 'conflict') throw new Error(`${key} was committed to meanwhile`)
  return committed.version
}
