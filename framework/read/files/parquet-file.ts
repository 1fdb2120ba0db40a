/** Reads columns of a Parquet data file, by any writer, one row group at a time. */
import { type FileHandle, open } from 'node:fs/promises'
import type { AsyncBuffer, FileMetaData, SchemaElement, SchemaTree } from 'hyparquet'
import type { TableColumn } from '../../delta/schema.ts'
import { MIB } from '../../storage/units.ts'
import type { StoredValue } from '../values.ts'
import { decodedOrNull, decoderFor, fieldNameOf, RAW, UnreadableParquet, withoutMeaning } from './column-decoder.ts'

/** The values of a column in a row group. */
export type ColumnValues = readonly StoredValue[]

export interface RowGroup {
  /** Position of its first row in the file. */
  readonly start: number
  readonly rows: number
}

export interface ParquetFile {
  /** Number of rows of the whole file. */
  readonly rows: number
  readonly groups: readonly RowGroup[]
  has(column: string): boolean
  read(group: RowGroup, columns: readonly TableColumn[]): Promise<readonly ColumnValues[]>
  close(): Promise<void>
}

/** Maximum size of a row group that is decoded at once: the footer of a damaged file states any. */
const MAX_GROUP_ROWS = 32 * 1024 * 1024
const MAX_GROUP_BYTES = 2 * 1024 ** 3
/** Maximum size of the description of a file's content, in bytes. */
const MAX_FOOTER_BYTES = 256 * MIB
const FOOTER_TAIL_BYTES = 8
/** Maximum size of a file that is read at once. */
const SMALL_FILE_BYTES = MIB

/**
 * Opens a local file. Throws UnreadableParquet if its size is not `size`, or if it is no such file.
 */
export async function openParquet(path: string, size: number): Promise<ParquetFile> {
  const handle = await open(path)
  try {
    const actual = (await handle.stat()).size
    if (actual !== size) throw new UnreadableParquet(`it has ${actual} bytes and not ${size}`)
    const file = await bufferOf(handle, size)
    const { metadata, columns } = await readMetadata(file)
    const groups = groupsOf(metadata)
    const undecoded = { ...metadata, schema: metadata.schema.map(withoutMeaning) }
    return {
      rows: groups.reduce((sum, { rows }) => sum + rows, 0),
      groups,
      has: (column) => columns.has(column),
      read: (group, wanted) => readColumns({ file, metadata: undecoded, columns }, group, wanted),
      close: () => handle.close(),
    }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Reads a small file at once: that takes less time than one read for each of its columns. */
async function bufferOf(handle: FileHandle, byteLength: number): Promise<AsyncBuffer> {
  const slice = async (start: number, end = byteLength) => {
    const length = Math.max(0, Math.min(end, byteLength) - start)
    const bytes = new Uint8Array(length)
    const { bytesRead } = await handle.read(bytes, 0, length, start)
    if (bytesRead < length) throw new UnreadableParquet('it ends early')
    return bytes.buffer
  }
  if (byteLength > SMALL_FILE_BYTES) return { byteLength, slice }
  const all = await slice(0)
  return { byteLength, slice: (start, end) => all.slice(start, end) }
}

/** The schema of each column, as a tree. `fieldNameOf` gives the names of its fields. */
async function readMetadata(
  file: AsyncBuffer,
): Promise<{ readonly metadata: FileMetaData; readonly columns: ReadonlyMap<string, SchemaTree> }> {
  const { parquetMetadataAsync, parquetSchema } = await import('hyparquet')
  if (file.byteLength < FOOTER_TAIL_BYTES) throw new UnreadableParquet('it is too short for a Parquet file')
  const tail = new DataView(await file.slice(file.byteLength - FOOTER_TAIL_BYTES))
  const footer = tail.getUint32(0, true)
  if (footer > MAX_FOOTER_BYTES) throw new UnreadableParquet(`its footer has ${footer} bytes`)
  const written = await parquetMetadataAsync(file, { geoparquet: false })
  const metadata = withFieldNames(written, new Set(parquetSchema(written).children.map(({ element }) => element)))
  return { metadata, columns: new Map(parquetSchema(metadata).children.map((node) => [node.element.name, node])) }
}

function withFieldNames(metadata: FileMetaData, columns: ReadonlySet<SchemaElement>): FileMetaData {
  // Most files have no nested columns.
  if (columns.size + 1 === metadata.schema.length) return metadata
  const schema = metadata.schema.map((element, at) =>
    at === 0 || columns.has(element) ? element : { ...element, name: fieldNameOf(element.name) },
  )
  const row_groups = metadata.row_groups.map((group) => ({
    ...group,
    columns: group.columns.map((chunk) => {
      const [column, ...fields] = chunk.meta_data?.path_in_schema ?? []
      if (!chunk.meta_data || column === undefined) return chunk
      return { ...chunk, meta_data: { ...chunk.meta_data, path_in_schema: [column, ...fields.map(fieldNameOf)] } }
    }),
  }))
  return { ...metadata, schema, row_groups }
}

function groupsOf({ row_groups, num_rows }: FileMetaData): readonly RowGroup[] {
  let start = 0
  const groups = row_groups.map((group) => {
    const rows = Number(group.num_rows)
    if (!(rows >= 0 && rows <= MAX_GROUP_ROWS)) throw new UnreadableParquet(`it has a row group of ${rows} rows`)
    const at = start
    start += rows
    return { start: at, rows }
  })
  if (Number(num_rows) !== start) throw new UnreadableParquet('its row groups do not have the rows of the file')
  return groups
}

interface OpenFile {
  readonly file: AsyncBuffer
  /** Has the schema elements without their meanings. */
  readonly metadata: FileMetaData
  /** Have the schema elements with their meanings. */
  readonly columns: ReadonlyMap<string, SchemaTree>
}

async function readColumns(
  { file, metadata, columns }: OpenFile,
  { start, rows }: RowGroup,
  wanted: readonly TableColumn[],
): Promise<readonly ColumnValues[]> {
  if (wanted.length === 0 || rows === 0) return wanted.map(() => [])
  const names = wanted.map(({ name }) => name)
  refuseHuge(metadata, start, new Set(names))
  const { parquetScan } = await import('hyparquet')
  const scan = await parquetScan({ file, metadata, columns: names, ...RAW })
  const range = { rowStart: start, rowEnd: start + rows }
  const read = wanted.map(async (column) => {
    const decode = decoderFor(column, columns.get(column.name))
    const raw = await scan.readColumn({ column: column.name, ...range })
    if (raw.length !== rows) throw new UnreadableParquet(`its column ${column.name} has ${raw.length} of ${rows} rows`)
    return Array.from(raw, (value: unknown) => decodedOrNull(value, decode))
  })
  // Waits for all reads before it throws the first failure, so that the file is closed after the
  // last read.
  await Promise.allSettled(read)
  return Promise.all(read)
}

function refuseHuge({ row_groups }: FileMetaData, groupStart: number, wanted: ReadonlySet<string>): void {
  let start = 0
  for (const { columns, num_rows } of row_groups) {
    if (start === groupStart) {
      const bytes = columns.reduce((sum, { meta_data }) => {
        const isWanted = meta_data && wanted.has(meta_data.path_in_schema[0] ?? '')
        return isWanted ? sum + Number(meta_data.total_uncompressed_size) : sum
      }, 0)
      if (!(bytes <= MAX_GROUP_BYTES)) throw new UnreadableParquet(`it has a row group of ${bytes} bytes`)
    }
    start += Number(num_rows)
  }
}
