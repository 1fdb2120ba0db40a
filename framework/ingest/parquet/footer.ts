/** Reads the footer of a Parquet file: its columns, and its number of rows. */
import type { FileMetaData } from 'hyparquet'
import { LakeError, messageOf } from '../../errors.ts'
import { MIB } from '../../storage/units.ts'
import { FileRefused } from '../refused-file.ts'
import { type FileField, fileFields } from './file-type.ts'
import { inOldCalendar } from './old-calendar.ts'

/** Bytes of a file. A slice must have all bytes between its positions. */
export interface FileBytes {
  readonly byteLength: number
  slice(start: number, end?: number): Promise<ArrayBuffer>
}

export interface Footer {
  readonly rows: number
  readonly fields: readonly FileField[]
  /** Name -> number of nulls, for each column whose nulls the footer counts. */
  readonly nulls: ReadonlyMap<string, number>
}

/** Maximum size of a footer, in bytes. */
export const MAX_FOOTER_BYTES = 64 * MIB
/** Maximum number of columns, including those inside of other columns. */
const MAX_COLUMNS = 20_000
/** Length of the marker at the beginning of a file, which is also at its end. */
const MAGIC_BYTES = 4
const TAIL_BYTES = 8

/** Compressions that DuckDB cannot read. */
const UNREAD_CODECS = new Set(['LZO', 'LZ4'])

/** Throws FileRefused if the file is not a complete Parquet file, or cannot be read. */
export async function readFooter(file: FileBytes): Promise<Footer> {
  await refuseOtherFiles(file)
  const metadata = await parsed(file)
  const { schema, row_groups: groups } = metadata
  const rows = Number(metadata.num_rows)
  if (schema.length - 1 > MAX_COLUMNS) {
    throw new FileRefused(`the file has ${schema.length - 1} columns, and at most ${MAX_COLUMNS} are read`)
  }
  if (schema.length < 2) throw new FileRefused('the Parquet file has no columns')
  const inGroups = groups.reduce((sum, group) => sum + Number(group.num_rows), 0)
  if (!(Number.isSafeInteger(rows) && rows >= 0 && inGroups === rows)) {
    throw damaged(`it says that the file has ${rows} rows, and its parts ${inGroups}`)
  }
  for (const { meta_data: column } of groups.flatMap(({ columns }) => columns)) {
    if (column && UNREAD_CODECS.has(column.codec)) {
      throw new FileRefused(
        `the file is compressed with ${column.codec}, which is not read: write it with zstd or snappy`,
      )
    }
  }
  return { rows, fields: attempt(() => inOldCalendar(fileFields(schema), metadata)), nulls: nullCounts(metadata) }
}

const damaged = (why: string): FileRefused => new FileRefused(`the footer of the Parquet file is damaged: ${why}`)

async function refuseOtherFiles(file: FileBytes): Promise<void> {
  const { byteLength } = file
  const begins = latin1(await file.slice(0, Math.min(MAGIC_BYTES, byteLength)))
  const tail = await file.slice(Math.max(0, byteLength - TAIL_BYTES), byteLength)
  const ends = latin1(tail.slice(-MAGIC_BYTES))
  if (ends === 'PARE' || begins === 'PARE') throw new FileRefused('the Parquet file is encrypted')
  if (begins !== 'PAR1') throw new FileRefused(`the file is not a Parquet file${otherKind(begins)}`)
  if (ends !== 'PAR1' || byteLength < 2 * TAIL_BYTES) {
    throw new FileRefused('the Parquet file is torn: it ends without a footer')
  }
  const length = new DataView(tail).getUint32(0, true)
  if (length > byteLength - MAGIC_BYTES - TAIL_BYTES) throw damaged(`it would have ${length} bytes`)
  if (length > MAX_FOOTER_BYTES) {
    throw new FileRefused(
      `the footer of the Parquet file has ${length} bytes, and at most ${MAX_FOOTER_BYTES} are read`,
    )
  }
}

const latin1 = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString('latin1')

function otherKind(begins: string): string {
  if (begins.startsWith('\x1f\x8b')) return ', but a gzip archive: unpack it'
  if (begins === '\x28\xb5\x2f\xfd') return ', but a zstd archive: unpack it'
  return begins.startsWith('{') ? ', but seems to hold JSON: declare format: jsonLines()' : ''
}

async function parsed(file: FileBytes): Promise<FileMetaData> {
  const { parquetMetadataAsync } = await import('hyparquet')
  try {
    return await parquetMetadataAsync(file, { geoparquet: false })
  } catch (error) {
    if (error instanceof LakeError) throw error
    // The message of hyparquet's own failure would not help a user.
    throw damaged(error instanceof TypeError ? 'its layout is not that of a footer' : messageOf(error))
  }
}

function attempt<Value>(read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    throw damaged(messageOf(error))
  }
}

function nullCounts({ row_groups: groups }: FileMetaData): ReadonlyMap<string, number> {
  const nulls = new Map<string, number>()
  const unknown = new Set<string>()
  for (const { meta_data: column } of groups.flatMap(({ columns }) => columns)) {
    const [name = '', ...inner] = column?.path_in_schema ?? []
    const count = column?.statistics?.null_count
    if (count === undefined || inner.length > 0) unknown.add(name)
    else nulls.set(name, (nulls.get(name) ?? 0) + Number(count))
  }
  for (const name of unknown) nulls.delete(name)
  return nulls
}
