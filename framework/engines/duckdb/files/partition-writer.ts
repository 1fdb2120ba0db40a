/**
 * Writes partitions as Parquet files, with one statement or, if the partitions are many, with
 * several. DuckDB buffers each column of each partition that a statement writes, and fails if the
 * buffers do not fit into memory.
 */
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDb, type SqlRow, StatementFailed } from '../duckdb-session.ts'
import { identifier, identifiers, textLiteral } from '../sql.ts'
import { partitionFilesAtOnce } from './open-files.ts'

/**
 * Half of DuckDB's own size. Writing takes less CPU, readers skip more rows, and files are 3 %
 * larger.
 */
const ROW_GROUP_ROWS = 61_440

export const OPTIONS = `FORMAT parquet, ROW_GROUP_SIZE ${ROW_GROUP_ROWS}, RETURN_STATS`

export interface PartitionTarget {
  /** The columns of the query that name the partitions' directories. They are in no file. */
  readonly names: readonly string[]
  /** Number of columns of the query. */
  readonly width: number
  /** An existing local directory. */
  readonly directory: string
  /** About how many partitions the rows have; undefined if unknown. */
  readonly expected?: number
}

/**
 * Maximum number of buffers of one statement that writes all partitions. With what DuckDB keeps of
 * the files until the statement ends, these buffers take about 400 MB.
 */
const TOO_MANY_BUFFERS = 20_000

/** Maximum number of buffers of each statement that writes some of the partitions. */
const BUFFERS = 3_000

/**
 * Writes the rows of the query, and returns what COPY reports of each file. If the partitions are
 * more than was expected, the memory may not be enough for one statement. Then the query runs once
 * more, and its rows are written by several.
 */
export async function copyPartitions(db: DuckDb, query: string, target: PartitionTarget): Promise<readonly SqlRow[]> {
  await db.run(`SET partitioned_write_max_open_files = ${partitionFilesAtOnce()}`)
  const { expected = 0, width } = target
  const written = expected * width > TOO_MANY_BUFFERS ? undefined : await copyAtOnce(db, query, target)
  return written ?? copyInParts(db, query, target)
}

/** Undefined if there was not enough memory. Then no file is left. */
async function copyAtOnce(
  db: DuckDb,
  query: string,
  { names, directory }: PartitionTarget,
): Promise<readonly SqlRow[] | undefined> {
  const path = join(directory, randomUUID())
  try {
    return await db.rows(copySql(query, path, names))
  } catch (error) {
    if (!(error instanceof StatementFailed) || !error.message.startsWith('Out of Memory Error')) throw error
    rmSync(path, { recursive: true, force: true })
    return undefined
  }
}

const SORTED = identifier('lake.sorted')

/**
 * Keeps the rows in the order of their partitions, and writes ranges of them. Every row is in
 * exactly one range, whatever the name of its partition.
 */
async function copyInParts(db: DuckDb, query: string, target: PartitionTarget): Promise<readonly SqlRow[]> {
  const names = identifiers(target.names)
  await db.run(`CREATE TEMP TABLE ${SORTED} AS SELECT * FROM (${query}) ORDER BY ${names}`)
  try {
    const written: SqlRow[] = []
    for (const range of await ranges(db, target)) {
      const path = join(target.directory, randomUUID())
      const rows = await db.rows(copySql(`SELECT * FROM ${SORTED} WHERE ${range}`, path, target.names))
      for (const row of rows) written.push(row)
    }
    return written
  } finally {
    await db.run(`DROP TABLE ${SORTED}`)
  }
}

/** Conditions for ranges of the sorted rows. Each range begins at the first row of a partition. */
async function ranges(db: DuckDb, { names, width }: PartitionTarget): Promise<readonly string[]> {
  const partitionsAtOnce = Math.max(1, Math.floor(BUFFERS / width))
  const rows = await db.rows(
    `SELECT "start" FROM (SELECT min(rowid) AS "start" FROM ${SORTED} GROUP BY ${identifiers(names)}) ` +
      `QUALIFY (row_number() OVER (ORDER BY "start") - 1) % ${partitionsAtOnce} = 0 ORDER BY "start"`,
  )
  const starts = rows.map(({ start }) => String(start))
  return starts.map((start, index) => {
    const end = starts[index + 1]
    return `rowid >= ${start}${end === undefined ? '' : ` AND rowid < ${end}`}`
  })
}

const copySql = (query: string, path: string, names: readonly string[]): string =>
  `COPY (${query}) TO ${textLiteral(path)} ` +
  `(${OPTIONS}, PARTITION_BY (${identifiers(names)}), FILENAME_PATTERN 'part-{uuid}')`
