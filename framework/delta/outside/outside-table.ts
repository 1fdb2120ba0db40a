/** Reads tables that other programs write, for sources. */
import { LakeError } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import type { AddFile, Metadata, Protocol } from '../actions.ts'
import { corruptTable, parsing, type TableLocation } from '../corrupt-table.ts'
import { logDirectory } from '../log/log-files.ts'
import { printSchema } from '../schema.ts'
import { readOutsideLog } from '../snapshot.ts'
import { type ColumnMapping, type OutsideColumn, parseOutsideSchema } from './outside-schema.ts'

/** A version of a table that another program writes. lake only reads it. */
export interface OutsideTable {
  readonly location: TableLocation
  /** The id of the table. It differs if the table was created anew. */
  readonly id: string
  readonly version: number
  readonly mapping: ColumnMapping
  readonly columns: readonly OutsideColumn[]
  /** Columns whose values are in the log, and not necessarily in data files. */
  readonly partitionColumns: readonly string[]
  /** The live files by path. */
  readonly files: ReadonlyMap<string, AddFile>
}

/**
 * The features of a reader (PROTOCOL.md, "Valid Feature Names in Table Features") that lake
 * supports. `vacuumProtocolCheck` needs no support. With `typeWidening`, files can have other types
 * than the column; they are converted like those of Parquet sources.
 */
const READER_FEATURES: ReadonlySet<string> = new Set([
  ...['columnMapping', 'deletionVectors', 'timestampNtz', 'v2Checkpoint'],
  ...['typeWidening', 'typeWidening-preview', 'vacuumProtocolCheck'],
])

/**
 * The newest version of the Delta table in the root of the storage. Throws `source-missing` if it
 * has no log, and `source-unreadable` if it is damaged or has a feature that lake does not read.
 */
export async function readOutsideTable(storage: Storage, source: string): Promise<OutsideTable> {
  const location = { storage, table: '', source }
  const snapshot = await readOutsideLog(location)
  if (!snapshot) throw noTable(storage, source)
  const { protocol, metadata, version, files } = snapshot
  const unread = unreadFeature(protocol)
  if (unread !== undefined) throw corruptTable(location, `its version ${version} ${unread}`)
  refuseVectorsElsewhere(location, files)
  const mapping = mappingOf(protocol, metadata)
  const { id, partitionColumns, columns: known, schemaString = printSchema(known) } = metadata
  const columns = parsing(location, logDirectory(''), () => parseOutsideSchema(schemaString, mapping))
  const unnamed = partitionColumns.find((name) => !columns.some((column) => column.name === name))
  if (unnamed !== undefined) throw corruptTable(location, `its schema lacks the partition column ${unnamed}`)
  return { location, id, version, mapping, columns, partitionColumns, files }
}

/** Whether the storage's root is a Delta table. */
export const isOutsideTable = async (storage: Storage): Promise<boolean> =>
  (await storage.names(logDirectory(''))).some((name) => /^\d{20}\./.test(name))

function noTable({ uri }: Storage, source: string): LakeError {
  return new LakeError('source-missing', {
    problem: `lake looks for the Delta table of ${source} in ${uri}, which has no commit below ${logDirectory('')}/`,
    remedy: `Name the directory of the table with --source ${source}=URI or --input. If its files are no Delta table, declare another format.`,
    asset: source,
  })
}

function unreadFeature({ minReaderVersion, readerFeatures = [] }: Protocol): string | undefined {
  if (minReaderVersion > 3) return `needs the reader version ${minReaderVersion}, and lake has version 3`
  const unread = readerFeatures.filter((name) => !READER_FEATURES.has(name))
  if (unread.length === 0) return undefined
  return `needs ${unread.length === 1 ? 'a table feature' : 'table features'} that lake does not read: ${unread.join(', ')}`
}

function refuseVectorsElsewhere(location: TableLocation, files: OutsideTable['files']): void {
  for (const { path, deletionVector } of files.values()) {
    if (deletionVector?.storageType !== 'p') continue
    const where = `the deletion vector of its data file ${path} is at an absolute path, where lake does not read`
    throw corruptTable(location, where)
  }
}

/** The property counts only if the protocol requires every reader to observe it. */
function mappingOf(
  { minReaderVersion, readerFeatures = [] }: Protocol,
  { configuration }: Pick<Metadata, 'configuration'>,
): ColumnMapping {
  const mode = configuration['delta.columnMapping.mode']
  const isBinding = minReaderVersion === 2 || readerFeatures.includes('columnMapping')
  return isBinding && (mode === 'name' || mode === 'id') ? mode : 'none'
}

/** The text of the file's value of a partition column. Undefined if the log lacks it. */
export function partitionText(
  { partitionValues }: Pick<AddFile, 'partitionValues'>,
  { physicalName }: OutsideColumn,
): string | null | undefined {
  return Object.hasOwn(partitionValues, physicalName) ? partitionValues[physicalName] : undefined
}
