/** Writes the rows of a query as Parquet files, with the statistics that DuckDB reports. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DuckDBMapValue } from '@duckdb/node-api'
import type { Column, ColumnType } from '../../../declare/columns.ts'
import type { ColumnStats, FileStats, StatValue } from '../../../delta/stats.ts'
import type { WrittenFile } from '../../../engine/data-file.ts'
import { unsignedSql } from '../../../expression/functions/nested/nested-sql.ts'
import { microsOf } from '../../../expression/moments.ts'
import { isNested } from '../../../expression/value-type.ts'
import type { DuckDb, SqlRow } from '../duckdb-session.ts'
import { duckdbType, identifier, textLiteral } from '../sql.ts'
import { copyPartitions, OPTIONS, type PartitionTarget } from './partition-writer.ts'

/** A data file as COPY reports it, before its fingerprint is computed. */
export type CopiedFile = Omit<WrittenFile, 'fingerprint'>

export interface CopyTarget {
  /** Each column is written in its declared type. */
  readonly columns: readonly Column[]
  readonly partitionBy: readonly string[]
  /** An existing local directory. */
  readonly directory: string
  /** About how many partitions the rows have; undefined if unknown. */
  readonly partitions?: number
}

/**
 * Returns only the files that hold rows. Partition columns are in the files too, after the other
 * columns, so that a file can be read without the log.
 */
export async function copyToParquet(db: DuckDb, query: string, target: CopyTarget): Promise<readonly CopiedFile[]> {
  const { columns, partitionBy, directory } = target
  const inFile = [...columns.filter(({ name }) => !partitionBy.includes(name)), ...partitionColumns(target)]
  const select = inFile.map((column) => `${writtenSql(column)} AS ${identifier(column.name)}`)
  const typed = `SELECT ${select.join(', ')} FROM (${query}) AS result`
  const written =
    partitionBy.length > 0
      ? await copyPartitions(db, namedPartitions(typed, target), partitionsIn(target))
      : await db.rows(`COPY (${typed}) TO ${textLiteral(join(directory, `part-${randomUUID()}.parquet`))} (${OPTIONS})`)
  const files: CopiedFile[] = []
  for (const row of written) if (Number(row.count) > 0) files.push(await copiedFile(db, row, target))
  return files
}

/** The query with the columns that name the partitions' directories. */
function namedPartitions(typed: string, target: CopyTarget): string {
  const named = partitionColumns(target).map(
    (column, index) => `${directoryName(column)} AS ${identifier(nameColumn(index))}`,
  )
  return `SELECT ${['*', ...named].join(', ')} FROM (${typed})`
}

const partitionsIn = ({ columns, partitionBy, partitions, directory }: CopyTarget): PartitionTarget => ({
  names: partitionBy.map((_, index) => nameColumn(index)),
  width: columns.length + partitionBy.length,
  directory,
  ...(partitions !== undefined && { expected: partitions }),
})

/**
 * Writes 0.0 for -0.0, because a reader that looks for one zero in a Bloom filter skips files with
 * the other.
 */
function writtenSql({ name, type }: Column): string {
  return unsignedSql(`CAST(${identifier(name)} AS ${duckdbType(type)})`, type, 'duckdb')
}

/**
 * A column for the name of the partition directory, which is in no file. No column of an asset has
 * a dot in its name.
 */
const nameColumn = (index: number): string => `lake.p${index}`

/**
 * DuckDB writes each byte that is no letter as three bytes, and a file's name can have at most 255
 * bytes.
 */
const MAX_NAME_BYTES = 64
const SHORT = 's'
const LONG = 'h'

/**
 * The value that names the partition's directory. A text that is too long is replaced by its hash.
 */
function directoryName({ name, type }: Column): string {
  const value = identifier(name)
  if (type.kind !== 'text') return value
  return `CASE WHEN strlen(${value}) <= ${MAX_NAME_BYTES} THEN '${SHORT}' || ${value} ELSE '${LONG}' || md5(${value}) END`
}

function partitionColumns({ columns, partitionBy }: CopyTarget): readonly Column[] {
  return partitionBy.flatMap((name) => columns.filter((column) => column.name === name))
}

async function copiedFile(db: DuckDb, row: SqlRow, target: CopyTarget): Promise<CopiedFile> {
  const { columns, partitionBy } = target
  const location = String(row.filename)
  const partitionKeys = mapEntries(row.partition_keys)
  const values = partitionColumns(target).map(async (column, index) => {
    const value = partitionKeys.get(nameColumn(index)) ?? null
    return [
      column.name,
      value === null ? null : await partitionValue(db, column, { location, named: String(value) }),
    ] as const
  })
  return {
    location,
    size: Number(row.file_size_bytes),
    partitionValues: Object.fromEntries(await Promise.all(values)),
    stats: fileStats(Number(row.count), mapEntries(row.column_statistics), columns, partitionBy),
  }
}

interface NamedPartition {
  readonly location: string
  /** The value as the directory's name has it. */
  readonly named: string
}

/**
 * If the name has only a hash, reads the value from one row, since all rows of the file have the
 * same value.
 */
async function partitionValue(
  db: DuckDb,
  { name, type }: Column,
  { location, named }: NamedPartition,
): Promise<string> {
  if (type.kind !== 'text') return named
  if (named.startsWith(SHORT)) return named.slice(SHORT.length)
  const [row] = await db.rows(
    `SELECT ${identifier(name)} AS value FROM read_parquet(${textLiteral(location)}, hive_partitioning = false) LIMIT 1`,
  )
  return String(row?.value)
}

function fileStats(
  rows: number,
  reported: ReadonlyMap<string, unknown>,
  columns: readonly Column[],
  partitionBy: readonly string[],
): FileStats {
  const known = columns.flatMap(({ name, type }) => {
    const statistics = partitionBy.includes(name) || isNested(type) ? undefined : reported.get(identifier(name))
    return statistics === undefined ? [] : [[name, columnStats(mapEntries(statistics), type)] as const]
  })
  return { rows, columns: Object.fromEntries(known) }
}

function columnStats(reported: ReadonlyMap<string, unknown>, type: ColumnType): ColumnStats {
  const bound = (side: 'min' | 'max') => {
    const printed = reported.get('has_nan') === 'true' ? undefined : reported.get(side)
    return printed === undefined ? undefined : statValue(String(printed), type)
  }
  const [min, max] = [bound('min'), bound('max')]
  const nulls = Number(reported.get('null_count') ?? 0)
  return { nulls, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }
}

function statValue(printed: string, type: ColumnType): StatValue | undefined {
  switch (type.kind) {
    case 'text':
    case 'decimal':
      return printed
    case 'boolean':
      return printed === '1' || printed === 'true'
    case 'int':
    case 'double':
      return Number(printed)
    case 'bigint':
      return BigInt(printed)
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(printed) ? printed : undefined
    case 'timestamp':
      return microseconds(printed)
    case 'binary':
    case 'array':
    case 'struct':
    case 'map':
      return undefined
  }
}

/** Reads `2018-11-21 21:56:47.796+00`; undefined for years that do not have four digits. */
function microseconds(printed: string): bigint | undefined {
  const [, date, time, fraction = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(printed) ?? []
  if (date === undefined) return undefined
  return microsOf(`${date}T${time}Z`, fraction)
}

function mapEntries(value: unknown): ReadonlyMap<string, unknown> {
  if (!(value instanceof DuckDBMapValue)) return new Map()
  return new Map(value.entries.map((entry) => [String(entry.key), entry.value]))
}
