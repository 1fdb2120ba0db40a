/** Reads the records of a source's files in the same way as the ingest. */
import { Buffer, isUtf8 } from 'node:buffer'
import { DEFAULT_MAX_UNPACKED } from '../declare/definition.ts'
import { type LineBlock, lineBlocks } from '../ingest/pack/line-blocks.ts'
import { LINE_LIMITS } from '../ingest/pack/line-packer.ts'
import { piecesOf, readAhead } from '../ingest/pack/read-ahead.ts'
import { isBlank } from '../ingest/records/json-tokens.ts'
import { splitRecords } from '../ingest/records/split-records.ts'
import { FileRefused } from '../ingest/refused-file.ts'
import { ByteSource } from '../ingest/unpack/byte-source.ts'
import { unpack } from '../ingest/unpack/unpack.ts'
import type { Storage, StoredFile } from '../storage/storage.ts'
import { type GuessedFormat, guessFormat, PARQUET } from './format/guess-format.ts'
import type { FileBeginning } from './format/header.ts'
import { inferringSplitter, type NamedFormat, type TakeRecord } from './inferred-records.ts'

/** Number of bytes from which a format is guessed. */
const BYTES_TO_GUESS = 64 * 1024

/** Guesses the format of the files from the beginning of the largest one that has text. */
export async function formatOf(storage: Storage, files: readonly StoredFile[]): Promise<GuessedFormat> {
  for (const file of files.toSorted((one, other) => other.size - one.size)) {
    const beginning = await beginningOf(storage, file)
    if (beginning.bytes.some((byte) => !isBlank(byte))) return guessFormat(beginning)
  }
  return guessFormat(EMPTY)
}

const EMPTY: FileBeginning = { bytes: Buffer.alloc(0), isWhole: true }

/** The beginning of the unpacked file; if it is damaged, what comes before the damage. */
async function beginningOf(storage: Storage, file: StoredFile): Promise<FileBeginning> {
  const pieces: Buffer[] = []
  let length = 0
  for await (const opened of readAhead(storage, [file])) {
    const source = new ByteSource(piecesOf(opened))
    const first = await source.peek(PARQUET.length)
    if (first.equals(PARQUET)) return { bytes: first, isWhole: false }
    try {
      const { chunks } = await unpack(source, { maxBytes: DEFAULT_MAX_UNPACKED, packedBytes: file.size })
      for await (const chunk of chunks) {
        pieces.push(Buffer.from(chunk))
        length += chunk.length
        if (length >= BYTES_TO_GUESS) return { bytes: Buffer.concat(pieces), isWhole: false }
      }
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error
      return { bytes: Buffer.concat(pieces), isWhole: false }
    }
  }
  return { bytes: Buffer.concat(pieces), isWhole: true }
}

/** Calls `take` with each record. A file that is refused as a whole is one refused record. */
export async function readRecords(
  storage: Storage,
  { files, format, names }: NamedFormat & { readonly files: readonly StoredFile[] },
  take: TakeRecord,
): Promise<void> {
  for await (const opened of readAhead(storage, files)) {
    const file = opened.file.path
    try {
      const { chunks } = await unpack(piecesOf(opened), {
        maxBytes: DEFAULT_MAX_UNPACKED,
        packedBytes: opened.file.size,
      })
      if (format.kind === 'json-lines') await readLines(chunks, { file, take })
      else await splitRecords(chunks, inferringSplitter({ format, names }, file, take), async () => undefined)
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error
      take(undefined, { file, line: 0 }, error.reason)
    }
  }
}

async function readLines(
  chunks: AsyncIterable<Uint8Array>,
  { file, take }: { readonly file: string; readonly take: TakeRecord },
): Promise<void> {
  let line = 0
  for await (const block of lineBlocks(chunks, LINE_LIMITS)) {
    for (const text of textsOf(block)) take(line === 0 ? withoutMark(text) : text, { file, line: ++line })
  }
}

function textsOf({ kind, bytes }: LineBlock): readonly (string | undefined)[] {
  if (kind === 'too-long') return [undefined]
  // Latin 1 preserves each byte, so a line that is not UTF-8 does not affect others.
  if (!isUtf8(bytes)) return linesOf(bytes.toString('latin1')).map(utf8Text)
  return linesOf(bytes.toString())
}

function utf8Text(latin1: string): string | undefined {
  const bytes = Buffer.from(latin1, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : undefined
}

function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  if (text.endsWith('\n')) lines.pop()
  return lines.map(withoutReturn)
}

const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

const withoutMark = (text: string | undefined): string | undefined =>
  text?.startsWith('\ufeff') ? text.slice(1) : text
