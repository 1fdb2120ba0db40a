/** Types the records of one file of any format but lines of JSON, and packs the rows. */
import { type Buffer, isUtf8 } from 'node:buffer'
import type { FileFormat, TextValues } from '../../declare/format/file-format.ts'
import type { LineColumn } from '../lines/line-columns.ts'
import type { Packer } from '../pack/packer.ts'
import { FileRefused } from '../refused-file.ts'
import { CsvSplitter } from './csv.ts'
import { JsonDocumentsSplitter } from './json-documents.ts'
import type { RecordFields, RecordPlace, RecordSink, Splitter } from './record-sink.ts'
import { TextLinesSplitter } from './text-lines.ts'
import { TextRows } from './text-rows.ts'

/** A format whose records are found by a splitter. */
export type RecordFormat = Exclude<FileFormat, { readonly kind: 'json-lines' }>

/** A file whose first records are all of another format is of another format. */
const ENOUGH_REJECTS = 1_000

/** Makes the splitter of one file, whose records go to `packer`. */
export function recordSplitter(format: RecordFormat, columns: readonly LineColumn[], packer: Packer): Splitter {
  switch (format.kind) {
    case 'json-documents':
      return new JsonDocumentsSplitter(format, new PackedRecords(packer, undefined))
    case 'csv': {
      const sink = new PackedRecords(packer, rowsOf(columns, format))
      return sink.checked(new CsvSplitter(format, columns, sink))
    }
    case 'text-lines': {
      const sink = new PackedRecords(packer, rowsOf(columns, format))
      return sink.checked(new TextLinesSplitter(format, sink))
    }
  }
}

const rowsOf = (columns: readonly LineColumn[], values: TextValues): TextRows => new TextRows(columns, values)

class PackedRecords implements RecordSink {
  readonly #packer: Packer
  readonly #rows: TextRows | undefined
  /** Whether a record was of the declared format. */
  #hasRecord = false
  #rejects = 0
  #firstReject = ''

  constructor(packer: Packer, rows: TextRows | undefined) {
    this.#packer = packer
    this.#rows = rows
  }

  takeJson(record: Buffer, place: RecordPlace): void {
    this.#packer.takeJson(record, place)
  }

  nameFields(names: readonly string[]): void {
    this.#rows?.nameFields(names)
  }

  takeFields(fields: RecordFields, record: Buffer, place: RecordPlace): void {
    this.#hasRecord = true
    const rows = this.#rows
    if (!rows) throw new Error('the format has no fields')
    const wrong = isUtf8(record) ? rows.write(fields, record.length) : 'not UTF-8'
    if (wrong === undefined) this.#packer.packRow(rows.row.subarray(0, rows.end), place)
    else this.#packer.rejectRecord(wrong, record, place)
  }

  reject(reason: string, record: Buffer, place: RecordPlace): void {
    this.#rejects++
    if (this.#rejects === 1) this.#firstReject = `${reason} (line ${place.line})`
    if (!this.#hasRecord && this.#rejects === ENOUGH_REJECTS) throw this.#otherFormat(`its first ${ENOUGH_REJECTS}`)
    this.#packer.rejectRecord(reason, record, place)
  }

  /** Refuses the file at its end if it has several records, and none is of the declared format. */
  checked(splitter: Splitter): Splitter {
    return {
      take: (bytes, isLast) => {
        const end = splitter.take(bytes, isLast)
        if (isLast && !this.#hasRecord && this.#rejects > 1) throw this.#otherFormat(`its ${this.#rejects}`)
        return end
      },
    }
  }

  #otherFormat(which: string): FileRefused {
    return new FileRefused(`none of ${which} records is of the declared format: the first ${this.#firstReject}`)
  }
}
