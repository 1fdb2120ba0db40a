/** Reads the matching rows of a table's data files, without those that the table has deleted. */

import type { AddFile } from '../../delta/actions.ts'
import type { TableColumn } from '../../delta/schema.ts'
import type { DataFile } from '../../engine/data-file.ts'
import { LakeError, messageOf } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import { dataFiles } from '../../tables/data-files.ts'
import { liveRows } from '../../tables/live-rows.ts'
import { damagedError, lostFilesError } from '../../tables/lost-files.ts'
import { unreadableVersion } from '../../tables/table-version.ts'
import { type ColumnCondition, canMatch, matches } from '../condition.ts'
import type { StoredValue } from '../values.ts'
import { UnreadableParquet } from './column-decoder.ts'
import { type ColumnValues, openParquet, type ParquetFile, type RowGroup } from './parquet-file.ts'
import { partitionValue } from './partition-value.ts'

/** Some of the rows that match. */
export interface FoundRows {
  /** More than 0. */
  readonly count: number
  /** A value for each row, for each of the selected columns in their order. */
  readonly columns: readonly ColumnValues[]
}

/** One version of a table. */
export interface VersionToRead {
  readonly lake: Storage
  readonly key: string
  readonly version: number
  /** The columns of the table, as its log has them. */
  readonly columns: readonly TableColumn[]
  readonly partitionColumns: readonly string[]
  /** Whether a newer version can exist, so that a vacuum can have deleted files of this one. */
  readonly isPinned: boolean
}

export interface RowsWanted {
  readonly conditions: readonly ColumnCondition[]
  readonly selected: readonly TableColumn[]
  /** Maximum number of rows. */
  readonly limit: number
}

/** Number of files that are fetched at once if the lake is not on this machine. */
const FILES_AT_ONCE = 8

/**
 * Reads the files in their order, and skips those whose statistics prove that no row matches.
 * Yields what `shape` makes of the rows of one row group at a time. Throws `corrupt-table` for a
 * lost or damaged file, also if `shape` cannot take its values.
 */
export async function* readFiles<Shaped>(
  table: VersionToRead,
  files: readonly AddFile[],
  wanted: RowsWanted,
  shape: (rows: FoundRows) => Shaped,
): AsyncGenerator<Shaped> {
  const { lake, key } = table
  const described = dataFiles(lake, table, files, await liveRows(lake, key, files))
  const read = described.filter((file) => wanted.conditions.every((condition) => canMatch(condition, file)))
  let left = wanted.limit
  for (let start = 0; start < read.length; start += FILES_AT_ONCE) {
    const batch = read.slice(start, start + FILES_AT_ONCE)
    await lake.copies.fetch(batch.map(({ location }) => location))
    for (const file of batch) {
      try {
        for await (const rows of readFile(table, file, { ...wanted, limit: left })) {
          left -= rows.count
          yield shape(rows)
        }
      } catch (error) {
        throw await explained(table, { files, file }, error)
      }
      if (left <= 0) return
    }
  }
}

/** The error with the table and the file, if the file is the cause. */
async function explained(
  { lake, key, version, isPinned }: VersionToRead,
  { files, file }: { readonly files: readonly AddFile[]; readonly file: DataFile },
  error: unknown,
): Promise<unknown> {
  if (error instanceof LakeError) return error
  const gone = isPinned ? await unreadableVersion(lake, key, { version, files }) : undefined
  if (gone) return gone
  const lost = await lostFilesError(lake, new Map([[key, { version, files }]]), { error })
  const reason = messageOf(error)
  return lost ?? damagedError({ key, version }, { file: file.location, reason }, error)
}

async function* readFile(table: VersionToRead, file: DataFile, wanted: RowsWanted): AsyncGenerator<FoundRows> {
  const parquet = await openParquet(table.lake.copies.pathOf(file.location), file.size)
  try {
    const rows = file.liveRows?.rowsInFile ?? file.rows
    if (rows !== undefined && rows !== parquet.rows)
      throw new UnreadableParquet(`it has ${parquet.rows} rows, and the log says ${rows}`)
    const columns = new FileColumns(table, file, parquet)
    let { limit } = wanted
    for (const group of parquet.groups) {
      const found = await readGroup(columns, livePositions(file, group), { group, wanted: { ...wanted, limit } })
      if (found.count === 0) continue
      yield found
      limit -= found.count
      if (limit <= 0) return
    }
  } finally {
    await parquet.close()
  }
}

interface GroupWanted {
  readonly group: RowGroup
  readonly wanted: RowsWanted
}

/** Reads the columns of the conditions first, and the others only if a row matches. */
async function readGroup(
  columns: FileColumns,
  live: Iterable<number>,
  { group, wanted: { conditions, selected, limit } }: GroupWanted,
): Promise<FoundRows> {
  const filtered = await columns.read(
    group,
    conditions.map(({ column }) => column),
  )
  const found: number[] = []
  for (const at of live) {
    if (found.length >= limit) break
    const isWanted = conditions.every((condition, index) => matches(condition, filtered[index]?.[at] ?? null))
    if (isWanted) found.push(at)
  }
  if (found.length === 0) return { count: 0, columns: [] }
  const values = await columns.read(group, selected)
  const isWhole = found.length === group.rows
  return {
    count: found.length,
    columns: isWhole ? values : values.map((column) => found.map((at) => column[at] ?? null)),
  }
}

/** The positions in the group of the rows that the table still has. */
function* livePositions({ liveRows }: DataFile, { start, rows }: RowGroup): Generator<number> {
  if (!liveRows) {
    for (let at = 0; at < rows; at++) yield at
    return
  }
  const named = new Set<number>()
  for (const position of liveRows.positions)
    if (position >= start && position < start + rows) named.add(position - start)
  for (let at = 0; at < rows; at++) if (named.has(at) === (liveRows.kind === 'only')) yield at
}

/** The columns of a data file, with those that only the log has. */
class FileColumns {
  readonly #table: VersionToRead
  readonly #file: DataFile
  readonly #parquet: ParquetFile

  constructor(table: VersionToRead, file: DataFile, parquet: ParquetFile) {
    this.#table = table
    this.#file = file
    this.#parquet = parquet
  }

  async read(group: RowGroup, columns: readonly TableColumn[]): Promise<readonly ColumnValues[]> {
    const stored = [...new Map(columns.map((column) => [column.name, column])).values()].filter(({ name }) =>
      this.#parquet.has(name),
    )
    const values = await this.#parquet.read(group, stored)
    const byName = new Map(stored.map(({ name }, index) => [name, values[index] ?? []]))
    return columns.map((column) => byName.get(column.name) ?? this.#constant(group, column))
  }

  /**
   * The values of a column that the file lacks: the value of its partition, or null in a file that
   * is older than the column.
   */
  #constant({ rows }: RowGroup, column: TableColumn): ColumnValues {
    const { name } = column
    const text = this.#table.partitionColumns.includes(name) ? this.#file.partitionValues[name] : undefined
    return new Array<StoredValue>(rows).fill(partitionValue(text ?? null, column))
  }
}
