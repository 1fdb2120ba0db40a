/** Reads and writes the deletion vectors of data files. */
import { randomUUID } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { LakeError } from '../../errors.ts'
import { MIB } from '../../storage/units.ts'
import { printableLine } from '../../text/printable.ts'
import type { AddFile } from '../actions.ts'
import { corruptTable, readLogFile, type TableLocation, tablePath } from '../corrupt-table.ts'
import { rowsOf } from '../stats.ts'
import { type DeletionVector, encodeUuid, vectorFileName, vectorFileOf, vectorPath } from './deletion-vector.ts'
import { decodePositions, encodePositions, MalformedBitmap } from './roaring.ts'
import { decodeZ85, encodeZ85 } from './z85.ts'

const VERSION = 1
const LENGTH_BYTES = 4
const CHECKSUM_BYTES = 4
/** Maximum size of a vector that is written into the log, in bytes. */
const MAX_INLINE_BYTES = 256
/** Maximum size of a file of vectors that lake reads, in bytes. */
const MAX_FILE_BYTES = 256 * MIB
const MAX_READS = 16

/**
 * The positions of the deleted rows of each file, ascending; undefined for a file without deleted
 * rows. Throws `corrupt-table`, which names the data file, if a vector is missing or damaged.
 */
export async function readVectors(
  location: TableLocation,
  files: readonly AddFile[],
): Promise<readonly (Uint32Array | undefined)[]> {
  const stored = await readVectorFiles(location, files)
  return files.map((file) => {
    const { deletionVector: vector } = file
    if (!vector) return undefined
    try {
      return positionsOf(file, bytesOf(vector, stored))
    } catch (error) {
      if (!(error instanceof MalformedBitmap)) throw error
      throw damaged(location, file, error)
    }
  })
}

type VectorFiles = ReadonlyMap<string, Uint8Array | undefined>

async function readVectorFiles(location: TableLocation, files: readonly AddFile[]): Promise<VectorFiles> {
  const paths = [...new Set(files.flatMap((file) => vectorFileOf(file) ?? []))]
  const found = new Map<string, Uint8Array | undefined>()
  for (let start = 0; start < paths.length; start += MAX_READS) {
    const reading = paths.slice(start, start + MAX_READS).map(async (path) => {
      const content = await readLogFile(location, tablePath(location, path), MAX_FILE_BYTES)
      found.set(path, content?.body)
    })
    await Promise.all(reading)
  }
  return found
}

/** The encoded vector, compared with its checksum. */
function bytesOf(vector: DeletionVector, stored: VectorFiles): Uint8Array {
  const { storageType, pathOrInlineDv, sizeInBytes, offset = 1 } = vector
  if (storageType === 'i') {
    const decoded = decodeZ85(pathOrInlineDv)
    if (!decoded || decoded.length < sizeInBytes) throw new MalformedBitmap('its text in the log is damaged')
    return decoded.subarray(0, sizeInBytes)
  }
  const path = vectorPath(vector)
  if (path === undefined) throw new MalformedBitmap('it is at an absolute path')
  const body = stored.get(path)
  if (!body) throw new MalformedBitmap(`the file ${path} is missing`)
  if (body[0] !== VERSION) throw new MalformedBitmap(`the file ${path} has the format ${body[0]}`)
  const file = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const start = offset + LENGTH_BYTES
  if (start + sizeInBytes + CHECKSUM_BYTES > file.length) throw new MalformedBitmap(`the file ${path} ends early`)
  if (file.readInt32BE(offset) !== sizeInBytes) throw new MalformedBitmap(`the file ${path} states another size`)
  const bytes = file.subarray(start, start + sizeInBytes)
  if (file.readUInt32BE(start + sizeInBytes) !== crc32(bytes))
    throw new MalformedBitmap(`the checksum in the file ${path} does not match`)
  return bytes
}

function positionsOf({ stats, deletionVector }: AddFile, bytes: Uint8Array): Uint32Array {
  const rows = rowsOf(stats)
  const { cardinality = 0 } = deletionVector ?? {}
  if (rows === undefined) throw new MalformedBitmap('the log does not say how many rows the file has')
  if (cardinality > rows) throw new MalformedBitmap(`the log says that ${cardinality} of ${rows} rows are deleted`)
  const positions = decodePositions(bytes, cardinality)
  if (positions.length !== cardinality)
    throw new MalformedBitmap(`it has ${positions.length} positions, and the log says ${cardinality}`)
  const last = positions.at(-1) ?? 0
  if (last >= Math.max(rows, 1)) throw new MalformedBitmap(`it names the row ${last}, and the file has ${rows}`)
  return positions
}

function damaged(location: TableLocation, { path }: AddFile, { message }: MalformedBitmap): LakeError {
  const { storage, table, source } = location
  const file = storage.locate(tablePath(location, path))
  if (source !== undefined) return corruptTable(location, `the deletion vector of ${file} cannot be read: ${message}`)
  return new LakeError('corrupt-table', {
    problem: printableLine(`The deletion vector of ${file} cannot be read: ${message}`),
    remedy: `Restore its file from a backup, or run \`lake materialize ${table} --full\` to write the table again.`,
    asset: table,
  })
}

/**
 * The vectors in the order of `deleted`, and the file with those that are too large for the log.
 */
interface WrittenVectors {
  readonly vectors: readonly DeletionVector[]
  readonly path: string | undefined
}

/** Stores the positions of deleted rows, ascending, one list for each data file. */
export async function writeVectors(
  { storage, table }: TableLocation,
  deleted: readonly Uint32Array[],
): Promise<WrittenVectors> {
  const uuid = randomUUID()
  const parts: Uint8Array[] = [Uint8Array.of(VERSION)]
  let offset = 1
  const vectors = deleted.map((positions): DeletionVector => {
    const bytes = encodePositions(positions)
    const described = { sizeInBytes: bytes.length, cardinality: positions.length }
    if (bytes.length <= MAX_INLINE_BYTES) return { storageType: 'i', pathOrInlineDv: encodeZ85(bytes), ...described }
    const frame = framed(bytes)
    const vector = { storageType: 'u', pathOrInlineDv: encodeUuid(uuid), offset, ...described } as const
    parts.push(frame)
    offset += frame.length
    return vector
  })
  if (parts.length === 1) return { vectors, path: undefined }
  const path = vectorFileName(uuid)
  await storage.put(`${table}/${path}`, Buffer.concat(parts))
  return { vectors, path }
}

/** The bytes with their length before and their checksum behind them. */
function framed(bytes: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(LENGTH_BYTES + bytes.length + CHECKSUM_BYTES)
  frame.writeInt32BE(bytes.length, 0)
  frame.set(bytes, LENGTH_BYTES)
  frame.writeUInt32BE(crc32(bytes), LENGTH_BYTES + bytes.length)
  return frame
}
