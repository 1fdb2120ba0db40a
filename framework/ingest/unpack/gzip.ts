/**
 * Unpacks gzip (RFC 1952): any number of members, each checked by its length and checksum. Node's
 * own Gunzip ignores what follows a member if it is too short to be another one, so that a torn file
 * would seem complete.
 */
import type { Buffer } from 'node:buffer'
import { crc32, createInflateRaw, type InflateRaw, inflateRawSync } from 'node:zlib'
import type { ByteSource } from './byte-source.ts'
import { ArchiveDamaged, torn } from './damaged-archive.ts'

const KIB = 1024
/** Members of at most this size, packed and unpacked, are unpacked at once. */
const SMALL_PACKED = 64 * KIB
const SMALL_UNPACKED = 1024 * KIB
const CHUNK_BYTES = 256 * KIB

const HEADER_BYTES = 10
const TRAILER_BYTES = 8
const FLAG = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 }

/** Throws ArchiveDamaged. */
export async function* gunzip(source: ByteSource): AsyncGenerator<Uint8Array> {
  do {
    await readHeader(source)
    let [crc, length] = [0, 0]
    for await (const chunk of memberContent(source)) {
      crc = crc32(chunk, crc)
      length += chunk.length
      yield chunk
    }
    const trailer = await source.read(TRAILER_BYTES)
    if (!trailer) throw torn('the checksum of a member')
    if (trailer.readUInt32LE(0) !== crc) throw new ArchiveDamaged('is damaged: a checksum is wrong')
    if (trailer.readUInt32LE(4) !== length % 2 ** 32) throw new ArchiveDamaged('is damaged: a length is wrong')
  } while (await hasMember(source))
}

/** Whether another member follows. Zeros at the end are padding. */
async function hasMember(source: ByteSource): Promise<boolean> {
  const next = await source.peek(2)
  if (next.length === 0) return false
  if (next[0] === 0x1f && (next.length === 1 || next[1] === 0x8b)) return true
  for await (const bytes of source) {
    if (bytes.some((byte) => byte !== 0)) throw new ArchiveDamaged('is followed by bytes that are not gzip')
  }
  return false
}

async function readHeader(source: ByteSource): Promise<void> {
  const header = await need(source, HEADER_BYTES)
  if (header.readUInt16BE(0) !== 0x1f8b || header[2] !== 8) throw new ArchiveDamaged('is damaged: no member begins')
  const flags = header[3] ?? 0
  if (flags & FLAG.reserved) throw new ArchiveDamaged('is damaged: a member has unknown flags')
  if (flags & FLAG.extra) await need(source, (await need(source, 2)).readUInt16LE(0))
  if (flags & FLAG.name) await skipText(source)
  if (flags & FLAG.comment) await skipText(source)
  if (flags & FLAG.headerChecksum) await need(source, 2)
}

async function need(source: ByteSource, count: number): Promise<Buffer> {
  const bytes = await source.read(count)
  if (!bytes) throw torn('the header of a member')
  return bytes
}

async function skipText(source: ByteSource): Promise<void> {
  while ((await need(source, 1))[0] !== 0);
}

/** The unpacked content of one member. Leaves the source at the member's trailer. */
async function* memberContent(source: ByteSource): AsyncGenerator<Uint8Array> {
  const small = smallContent(await source.peek(SMALL_PACKED))
  if (small) {
    await source.read(small.packedBytes)
    yield small.content
  } else yield* inflated(source)
}

/** Undefined if the member does not end within the bytes, is damaged, or is large when unpacked. */
function smallContent(bytes: Buffer): { readonly content: Buffer; readonly packedBytes: number } | undefined {
  try {
    // The types of Node do not know what `info` changes.
    const { buffer, engine } = inflateRawSync(bytes, { info: true, maxOutputLength: SMALL_UNPACKED }) as unknown as {
      readonly buffer: Buffer
      readonly engine: InflateRaw
    }
    return { content: buffer, packedBytes: engine.bytesWritten }
  } catch {
    return undefined
  }
}

async function* inflated(source: ByteSource): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES })
  const feeding = feed(source, inflate).catch((error: Error) => inflate.destroy(error))
  try {
    for await (const chunk of inflate) yield chunk
    await feeding
  } catch (error) {
    throw isZlibError(error) ? damage(error) : error
  } finally {
    inflate.destroy()
  }
}

/** Feeds the source to its member's end, and gives back what is behind it. */
async function feed(source: ByteSource, inflate: InflateRaw): Promise<void> {
  let fed = 0
  for (let chunk = await source.next(); chunk; chunk = await source.next()) {
    fed += chunk.length
    const bytes = chunk
    await new Promise<void>((resolve, reject) => {
      inflate.write(bytes, (error) => (error ? reject(error) : resolve()))
    })
    const behind = fed - inflate.bytesWritten
    if (behind > 0) {
      source.unread(bytes.subarray(bytes.length - behind))
      return
    }
  }
  inflate.end()
}

const isZlibError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')

const damage = ({ code, message }: NodeJS.ErrnoException): ArchiveDamaged =>
  code === 'Z_BUF_ERROR' ? torn('its data') : new ArchiveDamaged(`is damaged: ${message}`)
