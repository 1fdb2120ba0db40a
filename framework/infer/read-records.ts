/** Reads the records of a source's files in the same way as the ingest. */
import { Buffer, isUtf8 } from 'node:buffer'
import { DEFAULT_MAX_UNPACKED } from '../declare/definition.ts'
import type { StreamedFormat } from '../declare/format/file-format.ts'
import { type LineBlock, lineBlocks } from '../ingest/pack/line-blocks.ts'
import { LINE_LIMITS } from '../ingest/pack/packer.ts'
import { piecesOf, readAhead } from '../ingest/pack/read-ahead.ts'
import { CsvSplitter } from '../ingest/records/csv.ts'
import { JsonDocumentsSplitter } from '../ingest/records/json-documents.ts'
import type { RecordFields, RecordPlace, RecordSink, Splitter } from '../ingest/records/record-sink.ts'
import { splitRecords } from '../ingest/records/split-records.ts'
import { TextLinesSplitter } from '../ingest/records/text-lines.ts'
import { FileRefused } from '../ingest/refused-file.ts'
import { unpack } from '../ingest/unpack/unpack.ts'
import type { Storage, StoredFile } from '../storage/storage.ts'
import { guessFormat } from './guess-format.ts'
import type { LinePlace } from './infer-source.ts'

/** Receives a record as the text of a JSON object; undefined if it is refused, and `why`. */
export type TakeRecord = (text: string | undefined, place: LinePlace, why?: string) => void

const NOT_UTF8 = 'not UTF-8'

/** Number of bytes from which a format is guessed. */
const BYTES_TO_GUESS = 64 * 1024

/** Guesses the format of the files from the beginning of the first one. */
export async function formatOf(
  storage: Storage,
  files: readonly StoredFile[],
): Promise<ReturnType<typeof guessFormat>> {
  for await (const opened of readAhead(storage, files.slice(0, 1))) {
    const pieces: Buffer[] = []
    let length = 0
    const { chunks } = await unpack(piecesOf(opened), { maxBytes: DEFAULT_MAX_UNPACKED, packedBytes: opened.file.size })
    try {
      for await (const chunk of chunks) {
        pieces.push(Buffer.from(chunk))
        length += chunk.length
        if (length >= BYTES_TO_GUESS) break
      }
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error
    }
    return guessFormat(Buffer.concat(pieces))
  }
  return guessFormat(Buffer.alloc(0))
}

/** Calls `take` with each record. A file that is refused as a whole is one refused record. */
export async function readRecords(
  storage: Storage,
  { files, format }: { readonly files: readonly StoredFile[]; readonly format: StreamedFormat },
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
      else await splitRecords(chunks, splitterOf(format, new InferredRecords(file, take)), async () => undefined)
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error
      take(undefined, { file, line: 0 }, error.reason)
    }
  }
}

function splitterOf(format: Exclude<StreamedFormat, { readonly kind: 'json-lines' }>, sink: RecordSink): Splitter {
  switch (format.kind) {
    case 'json-documents':
      return new JsonDocumentsSplitter(format, sink)
    case 'csv':
      return new CsvSplitter(format, [], sink)
    case 'text-lines':
      return new TextLinesSplitter(format, sink)
  }
}

/** Passes on each record as JSON. A text becomes a number if JSON would write it the same. */
class InferredRecords implements RecordSink {
  readonly #file: string
  readonly #take: TakeRecord
  #names: readonly string[] = []

  constructor(file: string, take: TakeRecord) {
    this.#file = file
    this.#take = take
  }

  takeJson(record: Buffer, { line }: RecordPlace): void {
    this.#take(isUtf8(record) ? record.toString() : undefined, { file: this.#file, line }, NOT_UTF8)
  }

  nameFields(names: readonly string[]): void {
    this.#names = names
  }

  takeFields(fields: RecordFields, record: Buffer, { line }: RecordPlace): void {
    const members = this.#names.map((name, index) => `${JSON.stringify(name)}:${jsonOf(fields, index)}`)
    this.#take(isUtf8(record) ? `{${members.join(',')}}` : undefined, { file: this.#file, line }, NOT_UTF8)
  }

  reject(reason: string, _record: Buffer, { line }: RecordPlace): void {
    this.#take(undefined, { file: this.#file, line }, reason)
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

function jsonOf(fields: RecordFields, index: number): string {
  const text = fields.text(index)
  if (text === undefined || (text === '' && !fields.isQuoted(index))) return 'null'
  return NUMBER.test(text) ? text : JSON.stringify(text)
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
