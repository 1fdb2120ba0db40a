/** Fills one batch of packed rows after another: rows, source files and rejected lines. */
import { Buffer } from 'node:buffer'
import { join } from 'node:path'
import { MIB } from '../../storage/units.ts'
import type { RejectedLine } from '../rejects.ts'
import { BatchFile, type BatchMark, NO_BATCH, type PackedRow, type PackedRows } from './batch-file.ts'
import type { PackedBatch, PackedFile, PlainFile, PlainLines } from './packed-batch.ts'

const BUFFER_BYTES = 4 * MIB
const MAX_TEXT = 65_536
/**
 * Maximum length of a text, in characters, once the texts of a batch have `MANY_TEXTS` characters.
 */
const SHORT_TEXT = 256
const MANY_TEXTS = 512 * MIB
/** Enough for a text of the maximum length with any characters. */
export const TEXT_BYTES = MAX_TEXT * 4

export const NO_LINES: PlainLines = { rows: 0, bytes: 0, longest: 0 }

export function addLines(some: PlainLines, more: PlainLines): PlainLines {
  const longest = Math.max(some.longest, more.longest)
  return { rows: some.rows + more.rows, bytes: some.bytes + more.bytes, longest }
}

/** What a batch held before it took anything of the next file. */
export interface BatchesMark {
  readonly output: BatchMark
  readonly rowFiles: FileSpan | undefined
  readonly rejects: number
  readonly rejectedText: number
}

export const NOTHING_TAKEN: BatchesMark = { output: NO_BATCH, rowFiles: undefined, rejects: 0, rejectedText: 0 }

/** The first and the last source file with rows in the batch. */
interface FileSpan {
  readonly first: string
  readonly last: string
}

interface Content {
  output: BatchFile | undefined
  rowFiles: FileSpan | undefined
  rejectedText: number
  plainLines: PlainLines
  readonly files: PackedFile[]
  readonly plain: PlainFile[]
  readonly rejects: RejectedLine[]
}

const nothing = (): Content => ({
  ...{ output: undefined, rowFiles: undefined, rejectedText: 0, plainLines: NO_LINES },
  ...{ files: [], plain: [], rejects: [] },
})

/** The batch that is being filled. When it is finished, the next one begins. */
export class Batches {
  readonly #directory: string
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #content = nothing()
  #opened = 0

  /** `directory` is an existing local directory. */
  constructor(directory: string) {
    this.#directory = directory
  }

  get isEmpty(): boolean {
    const { output, files, rejects } = this.#content
    return output === undefined && files.length === 0 && rejects.length === 0
  }

  /**
   * Counts rejected lines too, because they are in memory, and a source with only rejects would
   * fill it.
   */
  get bytes(): number {
    const { output, plainLines, rejectedText } = this.#content
    return (output?.bytes ?? 0) + plainLines.bytes + rejectedText
  }

  get mark(): BatchesMark {
    const { output, rowFiles, rejects, rejectedText } = this.#content
    return { output: output?.mark ?? NO_BATCH, rowFiles, rejects: rejects.length, rejectedText }
  }

  /**
   * Drops the rows and rejects that were taken since the mark. No batch can have ended since then.
   */
  returnTo({ output, rowFiles, rejects, rejectedText }: BatchesMark): void {
    this.#content.output?.returnTo(output)
    this.#content.rowFiles = rowFiles
    this.#content.rejects.length = rejects
    this.#content.rejectedText = rejectedText
  }

  addRow(path: string, row: PackedRow): void {
    this.#outputFor(path).add(row)
  }

  addRows(path: string, rows: PackedRows): void {
    this.#outputFor(path).addRows(rows)
  }

  /** Adds a file whose lines stay where they are. */
  addPlain(file: PlainFile, lines: PlainLines): void {
    this.#content.plain.push(file)
    this.#content.plainLines = addLines(this.#content.plainLines, lines)
    this.#noteRowFile(file.path)
  }

  /** Adds a source file that ends in this batch. */
  addFile(file: PackedFile): void {
    this.#content.files.push(file)
  }

  /** Adds a rejected line with the text of its bytes, cut to a size that memory can hold. */
  addReject({ reason, ...place }: Omit<RejectedLine, 'text'>, bytes: Buffer): void {
    const most = this.#content.rejectedText > MANY_TEXTS ? SHORT_TEXT : MAX_TEXT
    const { text, isCut } = reportedText(bytes, most)
    this.#content.rejectedText += text.length
    const shownReason = isCut
      ? `${reason} (text cut at ${text.length > SHORT_TEXT ? '65,536' : SHORT_TEXT} characters)`
      : reason
    this.#content.rejects.push({ ...place, reason: shownReason, text })
  }

  get lastReject(): RejectedLine | undefined {
    return this.#content.rejects.at(-1)
  }

  finish(): PackedBatch {
    const { rowFiles, files, plain, plainLines, rejects } = this.#content
    const output = this.#content.output ?? this.#open()
    this.#content = nothing()
    output.finish()
    return {
      path: output.path,
      packedRows: output.rows,
      plain,
      bytes: output.bytes + plainLines.bytes,
      rows: output.rows + plainLines.rows,
      longestLine: Math.max(output.longestLine, plainLines.longest),
      firstFile: rowFiles?.first,
      lastFile: rowFiles?.last,
      files,
      rejects,
    }
  }

  /** Leaves an unfinished batch in the directory, whose owner deletes it. */
  close(): void {
    this.#content.output?.close()
    this.#content.output = undefined
  }

  #outputFor(path: string): BatchFile {
    this.#noteRowFile(path)
    this.#content.output ??= this.#open()
    return this.#content.output
  }

  #noteRowFile(path: string): void {
    const { rowFiles } = this.#content
    if (rowFiles?.last !== path) this.#content.rowFiles = { first: rowFiles?.first ?? path, last: path }
  }

  #open(): BatchFile {
    this.#opened++
    const name = `batch-${String(this.#opened).padStart(6, '0')}.ndjson`
    return new BatchFile(join(this.#directory, name), this.#buffer)
  }
}

function reportedText(bytes: Buffer, most: number): { readonly text: string; readonly isCut: boolean } {
  const text = bytes.toString('utf8', 0, TEXT_BYTES)
  const isCut = text.length > most
  return { text: isCut ? text.slice(0, most).replace(/[\ud800-\udbff]$/, '') : text, isCut }
}
