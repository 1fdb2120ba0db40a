/** Unpacks the content of a compressed file, which is recognized by its first bytes. */
import { Buffer } from 'node:buffer'
import { beginsWith } from '../beginnings.ts'
import { FileRefused } from '../refused-file.ts'
import { ByteSource } from './byte-source.ts'
import { ArchiveDamaged } from './damaged-archive.ts'

type Compression = 'gzip' | 'zstd' | 'bzip2'

/** Number of bytes by which a compression is recognized. */
const BYTES_TO_KNOW = 10

const GZIP = Buffer.from([0x1f, 0x8b, 0x08])
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
/** The last three bytes of a frame that decoders skip; the first one is 0x50 to 0x5f. */
const SKIPPABLE = Buffer.from([0x2a, 0x4d, 0x18])
const BZIP2 = /^BZh[1-9]$/
/**
 * The bytes that follow in bzip2: the mark of a block, or of the end of a stream without blocks.
 */
const BZIP2_MARKS = ['314159265359', '177245385090']

/** Undefined if the bytes are not the beginning of an archive that lake unpacks. */
function compressionOf(beginning: Uint8Array): Compression | undefined {
  const bytes = Buffer.from(beginning.buffer, beginning.byteOffset, Math.min(beginning.byteLength, BYTES_TO_KNOW))
  if (beginsWith(bytes, 0, GZIP)) return 'gzip'
  if (beginsWith(bytes, 0, ZSTD)) return 'zstd'
  if (((bytes[0] ?? 0) & 0xf0) === 0x50 && beginsWith(bytes, 1, SKIPPABLE)) return 'zstd'
  const isBzip2 = BZIP2.test(bytes.toString('latin1', 0, 4)) && BZIP2_MARKS.includes(bytes.toString('hex', 4))
  return isBzip2 ? 'bzip2' : undefined
}

interface Archive {
  /** Maximum size of its content. */
  readonly maxBytes: number
  /** The size of the archive itself. */
  readonly packedBytes: number
}

/** What a file that lake does not read begins with, in hexadecimal, and what to do. */
const UNREADABLE: readonly (readonly [begins: RegExp, reason: string])[] = [
  [/^(?:fffe..00|feff00)/, 'holds text in UTF-16: convert it to UTF-8, such as with iconv -f UTF-16 -t UTF-8'],
  [/^5041523115/, 'is a Parquet file: declare format: parquet()'],
  [/^(?:504b0304|fd377a585a00)/, 'is a zip or xz archive: unpack it, or pack it with gzip or zstd'],
]

/**
 * Returns the bytes unchanged. Throws FileRefused if they begin like a file that lake does not
 * read.
 */
function readable(beginning: Uint8Array): Uint8Array {
  const bytes = Buffer.from(beginning.buffer, beginning.byteOffset, Math.min(beginning.byteLength, BYTES_TO_KNOW))
  const reason = UNREADABLE.find(([begins]) => begins.test(bytes.toString('hex')))?.[1]
  if (reason !== undefined) throw new FileRefused(`the file ${reason}`)
  return beginning
}

/** Uncompressed bytes, and the compression if they come from an archive. */
export interface Unpacked {
  readonly compression: Compression | undefined
  readonly chunks: AsyncIterable<Uint8Array>
}

/**
 * The content of a file: unchanged, or unpacked. Only a few MiB of it are in memory. Reading the
 * chunks throws FileRefused if the archive is torn or damaged, or if its content is too large.
 * Content that lake does not read is refused too.
 */
export async function unpack(chunks: AsyncIterable<Uint8Array>, archive: Archive): Promise<Unpacked> {
  const source = new ByteSource(chunks)
  const compression = compressionOf(readable(await source.peek(BYTES_TO_KNOW)))
  if (!compression) return { compression, chunks: source }
  return { compression, chunks: limited(compression, source, archive) }
}

async function* limited(
  compression: Compression,
  source: ByteSource,
  { maxBytes, packedBytes }: Archive,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of await unpacker(compression, source, packedBytes)) {
      if (bytes === 0) refuseArchive(readable(chunk))
      bytes += chunk.length
      if (bytes > maxBytes) {
        throw new FileRefused(
          `the ${compression} archive unpacks to more than ${maxBytes} bytes: if it should, raise maxUnpackedBytes`,
        )
      }
      yield chunk
    }
  } catch (error) {
    if (error instanceof ArchiveDamaged) throw new FileRefused(`the ${compression} archive ${error.message}`)
    throw error
  } finally {
    await source.close()
  }
}

function refuseArchive(unpacked: Uint8Array): void {
  if (compressionOf(unpacked)) throw new FileRefused('the file is compressed twice: unpack it once')
}

async function unpacker(
  compression: Compression,
  source: ByteSource,
  packedBytes: number,
): Promise<AsyncIterable<Uint8Array>> {
  switch (compression) {
    case 'gzip':
      return (await import('./gzip.ts')).gunzip(source, packedBytes)
    case 'zstd':
      return (await import('./zstd.ts')).unzstd(source)
    case 'bzip2':
      return (await import('./bzip2.ts')).bunzip2(source)
  }
}
