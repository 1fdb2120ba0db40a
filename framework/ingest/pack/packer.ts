import { Buffer, isUtf8 } from 'node:buffer'
import { join } from 'node:path'
import type { Column } from '../../declare/columns.ts'
import type { OpenFile } from '../../storage/storage.ts'
import { type PlainLineEnd, plainLine } from '../lines/fast-line-scanner.ts'
import { NOT_PLAIN, startsWith } from '../lines/fast-tokens.ts'
import { type Line, lineReader } from '../lines/parse-line.ts'
import { UNSETTLED } from '../manifest.ts'
import type { RejectedLine } from '../rejects.ts'
import { BatchFile } from './batch-file.ts'
import type { LineBlock, LineLimits } from './line-blocks.ts'
import type { PackedBatch, PackedFile } from './packed-batch.ts'

const NEWLINE = 0x0a
const RETURN = 0x0d
const BYTE_ORDER_MARK = Buffer.from('\ufeff')
const MIB = 2 ** 20
const BUFFER_BYTES = 4 * MIB
const LONGEST_LINE = 256 * MIB
const LONGEST_TEXT = 65_536
/** Enough for the longest text, whatever its characters. */
const TEXT_BYTES = LONGEST_TEXT * 4

export const LINE_LIMITS: LineLimits = { longestLine: LONGEST_LINE, beginning: TEXT_BYTES }

export interface PackTarget {
  /** An existing local directory. */
  readonly directory: string
  readonly batchBytes: number
}

/** Lines that stand together, and whether all of them are UTF-8. */
export interface ReadLines extends LineBlock {
  readonly isUtf8: boolean
}

/** The file that is being read. */
interface CurrentFile {
  readonly path: string
  /** The packed line up to its number. */
  readonly head: Buffer
  line: number
  rows: number
  rejected: number
}

/** Judges the lines of one file after another, and packs the rows into one batch after another. */
export class Packer {
  readonly #target: PackTarget
  readonly #plainLineEnd: PlainLineEnd
  readonly #readLine: (line: string) => Line
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #file = currentFile('')
  #batches = 0
  #output: BatchFile | undefined
  #rowFiles: { readonly first: string; last: string } | undefined
  #files: PackedFile[] = []
  #rejects: RejectedLine[] = []
  #rejectedText = 0

  constructor(columns: readonly Column[], target: PackTarget) {
    this.#target = target
    this.#plainLineEnd = plainLine(columns)
    this.#readLine = lineReader(columns)
  }

  get isEmpty(): boolean {
    return this.#output === undefined && this.#files.length === 0 && this.#rejects.length === 0
  }

  /** Time for a new batch at the end of a file. Within one only `isOverfull` is: a change of a file concerns few data files then. */
  get isFull(): boolean {
    return this.#bytes >= this.#target.batchBytes
  }

  get isOverfull(): boolean {
    return this.#bytes >= 2 * this.#target.batchBytes
  }

  // Rejected lines count too: they are held in memory, and a source of nothing else would fill it.
  get #bytes(): number {
    return (this.#output?.bytes ?? 0) + this.#rejectedText
  }

  beginFile(path: string): void {
    this.#file = currentFile(path)
  }

  endFile({ path, size, etag, settled }: OpenFile): void {
    const { rows, rejected } = this.#file
    // An etag that proves nothing must not match when the file is listed next: it is then read once more.
    this.#files.push({ path, size, etag: settled ? etag : UNSETTLED, lines: rows + rejected, rows, rejected })
  }

  /** Takes lines from `start` until the batch is overfull; returns where the next one begins. */
  take(lines: ReadLines, start: number): number {
    if (lines.kind === 'too-long') return this.#takeTooLong(lines)
    let at = start
    do at = this.#takeLine(lines, at)
    while (at < lines.bytes.length && !this.isOverfull)
    return at
  }

  #takeTooLong({ bytes }: ReadLines): number {
    this.#file.line++
    this.#reject(`longer than ${LONGEST_LINE / MIB} MiB`, bytes)
    return bytes.length
  }

  #takeLine(lines: ReadLines, at: number): number {
    const { bytes } = lines
    this.#file.line++
    const isMarked = this.#file.line === 1 && startsWith(bytes, at, BYTE_ORDER_MARK)
    const start = isMarked ? at + BYTE_ORDER_MARK.length : at
    const plainEnd = lines.isUtf8 ? this.#plainLineEnd(bytes, start) : NOT_PLAIN
    if (plainEnd !== NOT_PLAIN) {
      this.#pack(bytes, start + 1, withoutReturn(bytes, start, plainEnd))
      return plainEnd + 1
    }
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline === -1 ? bytes.length : newline
    this.#takeExactly(bytes.subarray(start, withoutReturn(bytes, start, end)))
    return end + 1
  }

  #takeExactly(bytes: Buffer): void {
    const line = isUtf8(bytes) ? this.#readLine(bytes.toString()) : NOT_UTF8
    switch (line.kind) {
      case 'blank':
        return
      case 'reject':
        this.#reject(line.reason, bytes)
        return
      case 'row': {
        const body = Buffer.from(`${line.fields}}`)
        this.#pack(body, 0, body.length)
      }
    }
  }

  #pack(body: Buffer, start: number, end: number): void {
    const file = this.#file
    file.rows++
    this.#output ??= this.#openBatch()
    this.#output.add({ head: file.head, line: file.line, body, start, end })
    this.#rowFiles ??= { first: file.path, last: file.path }
    this.#rowFiles.last = file.path
  }

  #reject(reason: string, bytes: Buffer): void {
    const { path: file, line } = this.#file
    this.#file.rejected++
    const { text, isCut } = reportedText(bytes)
    this.#rejectedText += text.length
    this.#rejects.push({ file, line, reason: isCut ? `${reason} (text cut at 65,536 characters)` : reason, text })
  }

  #openBatch(): BatchFile {
    this.#batches++
    const name = `batch-${String(this.#batches).padStart(6, '0')}.ndjson`
    return new BatchFile(join(this.#target.directory, name), this.#buffer)
  }

  finishBatch(): PackedBatch {
    const output = this.#output ?? this.#openBatch()
    this.#output = undefined
    output.finish()
    const { path, bytes, rows, longestLine } = output
    const { first: firstFile, last: lastFile } = this.#rowFiles ?? { first: undefined, last: undefined }
    const batch = { path, bytes, rows, longestLine, firstFile, lastFile, files: this.#files, rejects: this.#rejects }
    this.#rowFiles = undefined
    this.#files = []
    this.#rejects = []
    this.#rejectedText = 0
    return batch
  }

  /** Leaves an unfinished batch as it is, for whoever owns the directory. */
  close(): void {
    this.#output?.close()
    this.#output = undefined
  }
}

const NOT_UTF8: Line = { kind: 'reject', reason: 'not UTF-8' }

function currentFile(path: string): CurrentFile {
  return { path, head: Buffer.from(`{"_file":${JSON.stringify(path)},"_line":`), line: 0, rows: 0, rejected: 0 }
}

/** CRLF ends a line as LF does, and a file whose last line has the CR alone was cut between the two. */
function withoutReturn(bytes: Buffer, start: number, end: number): number {
  return end > start && bytes[end - 1] === RETURN ? end - 1 : end
}

function reportedText(bytes: Buffer): { readonly text: string; readonly isCut: boolean } {
  const text = bytes.toString('utf8', 0, TEXT_BYTES)
  const isCut = text.length > LONGEST_TEXT
  return { text: isCut ? text.slice(0, LONGEST_TEXT).replace(/[\ud800-\udbff]$/, '') : text, isCut }
}
