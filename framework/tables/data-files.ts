/** Describes the data files of a table for an engine. */
import { type AddFile, liveRowsOf } from '../delta/actions.ts'
import type { TableColumn } from '../delta/schema.ts'
import { type ColumnStats, parseStats, type StatValue } from '../delta/stats.ts'
import type { DataFile, FileRows, InputTable } from '../engine/data-file.ts'
import type { Storage } from '../storage/storage.ts'

/** The locations that an engine opens to read these data files of a table, in their order. */
export function locateFiles(lake: Storage, key: string, files: Iterable<Pick<AddFile, 'path'>>): readonly string[] {
  return Array.from(files, ({ path }) => lake.locate(`${key}/${path}`))
}

/** The table that data files belong to. */
interface TableOfFiles {
  readonly key: string
  readonly columns: readonly TableColumn[]
}

/**
 * The files with the statistics of the log. Parses the statistics of a file when an engine first
 * needs them. `rows` says which of their rows count, as `liveRows` does.
 */
export function dataFiles(
  lake: Storage,
  table: TableOfFiles,
  files: Iterable<AddFile>,
  rows?: InputTable['rows'],
): readonly DataFile[] {
  return Array.from(files, (file, index) => dataFile(lake, table, { file, liveRows: rows?.[index] }))
}

interface FileWithRows {
  readonly file: AddFile
  readonly liveRows: FileRows | undefined
}

function dataFile(lake: Storage, { key, columns }: TableOfFiles, { file, liveRows }: FileWithRows): DataFile {
  let known: Readonly<Record<string, ColumnStats>> | undefined
  const { size, partitionValues } = file
  return {
    location: lake.locate(`${key}/${file.path}`),
    rows: liveRowsOf(file),
    ...(liveRows && { liveRows }),
    size,
    partitionValues,
    stats: (name) => {
      // A column can be called `constructor`.
      const value = Object.hasOwn(partitionValues, name) ? partitionValues[name] : undefined
      if (value !== undefined)
        return partitionStats(
          value,
          columns.find((column) => column.name === name),
        )
      known ??= parseStats(file.stats, columns)?.columns ?? {}
      return Object.hasOwn(known, name) ? known[name] : undefined
    },
  }
}

/** The statistics of a column that has one value in all rows of a partition. */
function partitionStats(text: string | null, column: TableColumn | undefined): ColumnStats | undefined {
  if (text === null) return { nulls: 1 }
  const value = column && partitionValue(text, column)
  return value === undefined ? undefined : { min: value, max: value, nulls: 0 }
}

function partitionValue(text: string, { type }: TableColumn): StatValue | undefined {
  switch (type.kind) {
    case 'text':
    case 'date':
      return text
    case 'int':
      return Number(text)
    case 'bigint':
      return BigInt(text)
    case 'boolean':
      return text === 'true'
    case 'double':
    case 'decimal':
    case 'timestamp':
    case 'binary':
    case 'array':
    case 'struct':
    case 'map':
      return undefined
  }
}
