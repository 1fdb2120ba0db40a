/** Validates records on the fast or the slow path, and packs the rows into batches. */
import { Buffer, isUtf8 } from 'node:buffer'
import type { CsvFormat } from '../../declare/format/file-format.ts'
import { NEWLINE } from '../../scanner/ascii.ts'
import type { OpenFile } from '../../storage/storage.ts'
import { FastLines } from '../fast/fast-lines.ts'
import { FastRecords } from '../fast/fast-records.ts'
import type { PackedRun, RowNumbering } from '../fast/scanner.ts'
import { KeyCounter } from '../keys/key-counter.ts'
import type { LineColumn, LineRules, PathColumn } from '../lines/line-columns.ts'
import { type Line, lineParser } from '../lines/parse-line.ts'
import { type PathValues, pathReader } from '../lines/path-values.ts'
import { UNSETTLED } from '../manifest-entry.ts'
import { WHOLE_FILE } from '../rejects.ts'
import { Batches, type BatchesMark, NOTHING_TAKEN } from './batches.ts'
import type { ReadLines } from './line-blocks.ts'
import type { PackedBatch, PlainFile, PlainLines } from './packed-batch.ts'

interface PackTarget {
  /** An existing local directory. */
  readonly directory: string
  readonly batchBytes: number
}

/** A record of a format whose records are not lines. */
interface PlacedRecord {
  readonly line: number
  /** Missing in a file whose records are lines. */
  readonly record?: number
  /** The value of the column `_line`. */
  readonly number: number
}

/** A row that was made from a record. `row` contains it, up to `end`. */
interface MadeRow {
  readonly row: Buffer
  readonly end: number
}

/** The file that is being read. */
interface CurrentFile {
  readonly path: string
  /** The state of the batch before the file. */
  readonly before: BatchesMark
  /** The beginning of each packed line, up to the line number. */
  readonly head: Buffer
  /** The value of each path column, as JSON. */
  readonly pathValues: readonly string[]
  /** Why no line of the file can be a row; undefined if lines can be rows. */
  readonly refused: string | undefined
  rows: number
  rejected: number
}

/** Decides which lines of one file after another are rows, and packs them into batches. */
export class Packer {
  readonly #batches: Batches
  readonly #batchBytes: number
  readonly #columns: readonly LineColumn[]
  readonly #pathColumns: readonly PathColumn[]
  readonly #pathValues: (path: string) => PathValues
  readonly #counter: KeyCounter | undefined
  readonly #fastLines: FastLines
  readonly #parseLine: (line: string) => Line
  #fastRecords: { readonly names: readonly string[]; readonly fast: FastRecords | undefined } | undefined
  #file = currentFile({ path: '', before: NOTHING_TAKEN }, [], NO_VALUES)

  constructor({ columns, pathColumns = [], unknownKeys = 'ignore' }: LineRules, { directory, batchBytes }: PackTarget) {
    this.#batches = new Batches(directory)
    this.#batchBytes = batchBytes
    this.#columns = columns
    this.#pathColumns = pathColumns
    this.#pathValues = pathReader(pathColumns)
    this.#counter = unknownKeys === 'ignore' ? undefined : new KeyCounter(columns)
    const refusesUnknown = unknownKeys === 'reject'
    const packed = pathColumns.map((column) => column.packed)
    this.#fastLines = new FastLines(columns, { counter: this.#counter, refusesUnknown, packed })
    this.#parseLine = lineParser(columns, { refusesUnknown })
  }

  get isEmpty(): boolean {
    return this.#batches.isEmpty
  }

  /**
   * Whether the batch ends with the current file. In the middle of a file, only `isOverfull` ends a
   * batch, so that the rows of one source file are in few data files.
   */
  get isFull(): boolean {
    return this.#batches.bytes >= this.#batchBytes
  }

  get isOverfull(): boolean {
    return this.#batches.bytes >= 2 * this.#batchBytes
  }

  /** Why the path of the current file refuses all of its records; undefined if it does not. */
  get refusal(): string | undefined {
    return this.#file.refused
  }

  /**
   * The lines, if the fast path takes each of them, and an engine could read them from their file
   * unchanged.
   */
  plainLines(lines: ReadLines): PlainLines | undefined {
    return lines.kind === 'too-long' || !lines.isUtf8 ? undefined : this.#fastLines.plain(lines.bytes)
  }

  /** Takes the current file, whose lines are all plain, and leaves them in it. */
  takePlain(file: OpenFile, lines: PlainLines): void {
    const { path, local } = file
    if (!local) throw new Error(`${path} is no local file`)
    this.#takePlain(file, lines, { location: local.location, source: local })
  }

  /** Takes the current file, whose lines are all plain, and were unpacked to `location`. */
  takeUnpacked(file: OpenFile, lines: PlainLines, location: string): void {
    this.#takePlain(file, lines, { location, source: undefined })
  }

  #takePlain(file: OpenFile, lines: PlainLines, place: Pick<PlainFile, 'location' | 'source'>): void {
    const { rows, delimited } = lines
    const { pathValues } = this.#file
    this.#file.rows = rows
    this.#batches.addPlain({ path: file.path, ...place, rows, pathValues, ...(delimited && { delimited }) }, lines)
    this.endFile(file)
  }

  /** Drops the counts of the current file. */
  beginFile(path: string): void {
    this.#begin({ path, before: this.#batches.mark })
  }

  #begin(file: BegunFile): void {
    this.#file = currentFile(file, this.#pathColumns, this.#pathValues(file.path))
    this.#counter?.beginFile()
    this.#fastLines.beginFile()
  }

  /** The text of the current file's only record, if that is rejected. */
  get onlyReject(): string | undefined {
    const { rows, rejected } = this.#file
    return rows === 0 && rejected === 1 ? this.#batches.lastReject?.text : undefined
  }

  /**
   * Drops everything that was taken from the current file, and makes the file one reject. No batch
   * can have ended since the file began.
   */
  refuseFile(reason: string): void {
    const { path, before } = this.#file
    this.#batches.returnTo(before)
    this.#begin({ path, before })
    this.#file.rejected = 1
    this.#batches.addReject({ file: path, line: WHOLE_FILE, reason }, NO_BYTES)
  }

  endFile({ path, size, etag, settled }: OpenFile): void {
    const { rows, rejected } = this.#file
    this.#fastLines.addCounts()
    // An etag that cannot be trusted must not match the next listing, so that the file is read
    // again.
    const keys = this.#counter && { keys: this.#counter.counts }
    this.#batches.addFile({
      path,
      size,
      etag: settled ? etag : UNSETTLED,
      lines: rows + rejected,
      rows,
      rejected,
      ...keys,
    })
  }

  /** How a row with this number, and those behind it, are packed. */
  packing(number: number): RowNumbering {
    return { head: this.#file.head, number }
  }

  /**
   * Takes lines of JSON on the fast path, from `start` until one is left to the slow path or the
   * batch is overfull. `number` is the number of the first line.
   */
  packLines(bytes: Buffer, start: number, number: number): PackedRun {
    const room = this.isOverfull ? Number.POSITIVE_INFINITY : 2 * this.#batchBytes - this.#batches.bytes
    const run = this.#fastLines.pack(bytes, start, this.packing(number), room)
    this.packRun(run)
    return run
  }

  /** Takes a line of JSON on the slow path. */
  takeLine(bytes: Buffer, number: number): void {
    const line = this.#parsed(bytes)
    if (line.kind !== 'blank') this.#takeParsed(line, bytes, { line: number, number })
  }

  /** Takes a record that is the text of a JSON value. */
  takeJson(record: Buffer, place: PlacedRecord): void {
    if (isUtf8(record) && this.refusal === undefined && !record.includes(NEWLINE)) {
      const run = this.packLines(record, 0, place.number)
      if (run.rows === 1) return
    }
    const line = this.#parsed(record)
    this.#takeParsed(line.kind === 'blank' ? NO_OBJECT : line, record, place)
  }

  #parsed(bytes: Buffer): Line {
    return isUtf8(bytes) ? this.#parseLine(bytes.toString()) : NOT_UTF8
  }

  #takeParsed(line: Exclude<Line, { readonly kind: 'blank' }>, bytes: Buffer, place: PlacedRecord): void {
    if (line.kind === 'reject') this.rejectRecord(line.reason, bytes, place)
    else if (this.refusal !== undefined) this.rejectRecord(this.refusal, bytes, place)
    else {
      this.#counter?.takeRow(line)
      const row = Buffer.from(`${line.fields}}`)
      this.packRow({ row, end: row.length }, place.number)
    }
  }

  /** Packs a row: its JSON members and a closing brace. `number` is the value of `_line`. */
  packRow({ row, end }: MadeRow, number: number): void {
    this.#file.rows++
    this.#batches.addRow(this.#file.path, { head: this.#file.head, number, row, end })
  }

  /** Counts the keys of the current file's rows; undefined if unknown keys are ignored. */
  get keyCounter(): KeyCounter | undefined {
    return this.#counter
  }

  /**
   * Takes records of the source's format with fields of these names; undefined if all of them are
   * left to the slow path. Most files have the same fields, so the last ones are kept.
   */
  fastRecords(format: CsvFormat, names: readonly string[]): FastRecords | undefined {
    const last = this.#fastRecords
    if (last?.names.length === names.length && last.names.every((name, index) => name === names[index]))
      return last.fast
    const fast = FastRecords.of(format, this.#columns, names)
    this.#fastRecords = { names, fast }
    return fast
  }

  rejectRecord(reason: string, bytes: Buffer, { line, record }: PlacedRecord): void {
    const { path: file } = this.#file
    this.#file.rejected++
    this.#batches.addReject({ file, line, ...(record !== undefined && { record }), reason }, bytes)
  }

  /** Packs rows that the fast path has made. */
  packRun(run: PackedRun): void {
    if (run.rows === 0) return
    this.#file.rows += run.rows
    this.#batches.addRows(this.#file.path, run)
  }

  finishBatch(): PackedBatch {
    return this.#batches.finish()
  }

  /** Leaves an unfinished batch in the directory, whose owner deletes it. */
  close(): void {
    this.#batches.close()
  }
}

const NO_BYTES = Buffer.alloc(0)

const NOT_UTF8 = { kind: 'reject', reason: 'not UTF-8' } as const
const NO_OBJECT = { kind: 'reject', reason: 'expected an object' } as const

const NO_VALUES: PathValues = { kind: 'values', values: [] }

type BegunFile = Pick<CurrentFile, 'path' | 'before'>

function currentFile({ path, before }: BegunFile, columns: readonly PathColumn[], found: PathValues): CurrentFile {
  const pathValues = found.kind === 'values' ? found.values : []
  const members = [JSON.stringify(path), ...pathValues].map(
    (value, index) => `${JSON.stringify(columns[index - 1]?.packed ?? '_file')}:${value},`,
  )
  return {
    ...{ path, before, head: Buffer.from(`{${members.join('')}"_line":`), pathValues },
    refused: found.kind === 'reject' ? found.reason : undefined,
    ...{ rows: 0, rejected: 0 },
  }
}
