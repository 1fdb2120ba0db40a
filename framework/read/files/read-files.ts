/** Reads the matching rows of a table's data files, without those that it has deleted. */

import type { AddFile } from '../../delta/actions.ts'
import type { TableColumn } from '../../delta/schema.ts'
import type { DataFile } from '../../engine/data-file.ts'
import { LakeError, messageOf } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import { dataFiles } from '../../tables/data-files.ts'
import { keptRows } from '../../tables/kept-rows.ts'
import { damagedError, lostFilesError } from '../../tables/lost-files.ts'
import { goneVersion } from '../../tables/table-version.ts'
import { type ColumnCondition, canMatch, matches } from '../condition.ts'
import { type Comparable, type ProgramValue, programValue } from '../values.ts'
import { UnreadableParquet } from './column-decoder.ts'
import { type ColumnValues, openParquet, type ParquetFile, type RowGroup } from './parquet-file.ts'
import { partitionValue } from './partition-value.ts'

/** Column name -> value, for the selected columns. */
export type ReadRow = Record<string, ProgramValue | null>

/** One version of a table. */
export interface VersionToRead {
  readonly lake: Storage
  readonly key: string
  readonly version: number
  /** As the log has them. */
  readonly columns: readonly TableColumn[]
  readonly partitionColumns: readonly string[]
  /** Whether a newer version can exist, so that a vacuum can have deleted files of this one. */
  readonly isPinned: boolean
}

export interface RowsWanted {
  readonly conditions: readonly ColumnCondition[]
  readonly selected: readonly TableColumn[]
}

/** Number of files that are fetched at once if the lake is not on this machine. */
const FILES_AT_ONCE = 8

/**
 * Reads the files in their order, and skips those whose statistics prove that no row matches.
 * Yields the rows of one row group at a time. Throws `corrupt-table` for a lost or damaged file.
 */
export async function* readFiles(
  table: VersionToRead,
  files: readonly AddFile[],
  wanted: RowsWanted,
): AsyncGenerator<readonly ReadRow[]> {
  const { lake, key } = table
  const described = dataFiles(lake, table, files, await keptRows(lake, key, files))
  const read = described.filter((file) => wanted.conditions.every((condition) => canMatch(condition, file)))
  for (let start = 0; start < read.length; start += FILES_AT_ONCE) {
    const batch = read.slice(start, start + FILES_AT_ONCE)
    await lake.copies.fetch(batch.map(({ location }) => location))
    for (const file of batch) {
      try {
        yield* readFile(table, file, wanted)
      } catch (error) {
        throw await explained(table, { files, file }, error)
      }
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
  const gone = isPinned ? await goneVersion(lake, key, { version, files }) : undefined
  if (gone) return gone
  const lost = await lostFilesError(lake, new Map([[key, { version, files }]]), { error })
  const reason = messageOf(error)
  return lost ?? damagedError({ key, version }, { file: file.location, reason }, error)
}

async function* readFile(table: VersionToRead, file: DataFile, wanted: RowsWanted): AsyncGenerator<readonly ReadRow[]> {
  const parquet = await openParquet(table.lake.copies.pathOf(file.location), file.size)
  try {
    const rows = file.kept?.of ?? file.rows
    if (rows !== undefined && rows !== parquet.rows)
      throw new UnreadableParquet(`it has ${parquet.rows} rows, and the log says ${rows}`)
    const columns = new FileColumns(table, file, parquet)
    for (const group of parquet.groups) {
      const found = await readGroup(columns, liveRows(file, group), { group, wanted })
      if (found.length > 0) yield found
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
  { group, wanted: { conditions, selected } }: GroupWanted,
): Promise<readonly ReadRow[]> {
  const filtered = await columns.read(
    group,
    conditions.map(({ column }) => column),
  )
  const found: number[] = []
  for (const at of live) {
    const isWanted = conditions.every((condition, index) => matches(condition, filtered[index]?.[at] ?? null))
    if (isWanted) found.push(at)
  }
  if (found.length === 0) return []
  const values = await columns.read(group, selected)
  // A column can be called `__proto__`, which an assignment would not make a field.
  return found.map((at) =>
    Object.fromEntries(
      selected.map((column, index) => [column.name, shownValue(column, values[index]?.[at] ?? null)] as const),
    ),
  )
}

function shownValue({ name, type, nullable }: TableColumn, value: Comparable | null): ProgramValue | null {
  if (value !== null) return programValue(value, type)
  if (nullable) return null
  throw new UnreadableParquet(`it has a null in ${name}, where the table has none`)
}

/** The positions in the group of the rows that the table still has. */
function* liveRows({ kept }: DataFile, { start, rows }: RowGroup): Generator<number> {
  if (!kept) {
    for (let at = 0; at < rows; at++) yield at
    return
  }
  const named = new Set<number>()
  for (const position of kept.positions) if (position >= start && position < start + rows) named.add(position - start)
  for (let at = 0; at < rows; at++) if (named.has(at) === (kept.kind === 'only')) yield at
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
   * The values of a column that the file lacks: that of its partition, or null in a file that is
   * older than the column.
   */
  #constant({ rows }: RowGroup, column: TableColumn): ColumnValues {
    const { name } = column
    const text = this.#table.partitionColumns.includes(name) ? this.#file.partitionValues[name] : undefined
    return new Array<Comparable | null>(rows).fill(partitionValue(text ?? null, column))
  }
}
