/** Unpacks gzip (RFC 1952): any number of members, each checked by its length and checksum. */
import type { Buffer } from 'node:buffer'
import { createGunzip, type Gunzip } from 'node:zlib'
import type { ByteSource } from './byte-source.ts'
import { ArchiveDamaged, torn } from './damaged-archive.ts'

const KIB = 1024
const MIN_CHUNK_BYTES = 64 * KIB
const MAX_CHUNK_BYTES = 1024 * KIB
/** About how many times larger a text is than its archive. */
const USUAL_RATIO = 8

/**
 * Throws ArchiveDamaged. Large chunks are faster to unpack, and small archives should not need the
 * memory for one.
 */
export async function* gunzip(source: ByteSource, packedBytes: number): AsyncGenerator<Uint8Array> {
  const chunkSize = Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, USUAL_RATIO * packedBytes))
  const unpacking = createGunzip({ chunkSize })
  let failure: unknown
  const feeding = feed(source, unpacking).catch((error) => {
    failure = error
    unpacking.destroy(error)
  })
  try {
    for await (const chunk of unpacking) yield chunk
    await feeding
    if (failure !== undefined) throw failure
  } catch (error) {
    throw isZlibError(error) ? damage(error) : error
  } finally {
    unpacking.destroy()
  }
}

/**
 * Ends at the end of the source. Node's own unpacking ends at zeros after a member, even if more
 * data follows them.
 */
async function feed(source: ByteSource, unpacking: Gunzip): Promise<void> {
  let fed = 0
  for await (const bytes of source) {
    await written(unpacking, bytes)
    fed += bytes.length
    const behind = fed - unpacking.bytesWritten
    if (behind === 0) continue
    source.unread(bytes.subarray(bytes.length - behind))
    await refuseAllButZeros(source)
    return
  }
  unpacking.end()
}

function written(unpacking: Gunzip, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    unpacking.write(bytes, (error) => (error ? reject(error) : resolve()))
  })
}

async function refuseAllButZeros(source: ByteSource): Promise<void> {
  for await (const bytes of source) {
    if (bytes.some((byte) => byte !== 0)) throw new ArchiveDamaged('is damaged: data follows its padding')
  }
}

const isZlibError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')

const damage = ({ code, message }: NodeJS.ErrnoException): ArchiveDamaged =>
  code === 'Z_BUF_ERROR' ? torn('its data') : new ArchiveDamaged(`is damaged: ${message}`)
