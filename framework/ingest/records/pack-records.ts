/** Types the records of one file in any format except lines of JSON, and packs the rows. */
import { type Buffer, isUtf8 } from 'node:buffer'
import type { CsvFormat, StreamedFormat, TextLinesFormat } from '../../declare/format/file-format.ts'
import type { FastRecords } from '../fast/fast-records.ts'
import type { Counted, KeyCounter } from '../keys/key-counter.ts'
import type { LineRules } from '../lines/line-columns.ts'
import { shortened } from '../lines/parse-value.ts'
import type { Packer } from '../pack/packer.ts'
import { FileRefused } from '../refused-file.ts'
import { CsvSplitter } from './csv.ts'
import { JsonDocumentsSplitter } from './json-documents.ts'
import { type NamedRecords, PlainRecords } from './plain-records.ts'
import type { FastRun, RecordFields, RecordPlace, RecordSink, Splitter } from './record-sink.ts'
import { TextLinesSplitter } from './text-lines.ts'
import { TextRows } from './text-rows.ts'

/** A format whose records are found by a splitter. */
type RecordFormat = Exclude<StreamedFormat, { readonly kind: 'json-lines' }>

/**
 * Minimum number of records at which a file is refused as a whole if none of them is of the
 * declared format.
 */
const ENOUGH_REJECTS = 1_000

/** Makes the splitter of one file, whose records go to `packer`. */
export function recordSplitter(format: RecordFormat, rules: LineRules, packer: Packer): Splitter {
  switch (format.kind) {
    case 'json-documents':
      return new JsonDocumentsSplitter(format, new PackedRecords(packer, undefined))
    case 'csv': {
      const sink = new PackedRecords(packer, new NamedRows(rules, format, packer))
      return sink.checked(new CsvSplitter(format, rules.columns, sink))
    }
    case 'text-lines': {
      const sink = new PackedRecords(packer, new NamedRows(rules, format, packer))
      return sink.checked(new TextLinesSplitter(format, sink))
    }
  }
}

/** Splits the records of one file, and finds out whether they can stay in the file. */
export function plainSplitter(format: CsvFormat, rules: LineRules, packer: Packer): PlainSplitter {
  const records = new PlainRecords(new NamedRows(rules, format, packer))
  return { records, splitter: new CsvSplitter(format, rules.columns, records) }
}

interface PlainSplitter {
  readonly records: PlainRecords
  readonly splitter: Splitter
}

/** Makes rows from records whose fields have names, and counts the fields that no column takes. */
class NamedRows implements NamedRecords {
  readonly rows: TextRows
  /** Undefined if the fast path takes no record. */
  fast: FastRecords | undefined
  readonly #rules: LineRules
  readonly #format: CsvFormat | TextLinesFormat
  readonly #packer: Packer
  #names: readonly string[] = []
  #counted: FieldCounts | undefined

  constructor(rules: LineRules, format: CsvFormat | TextLinesFormat, packer: Packer) {
    this.#rules = rules
    this.#format = format
    this.#packer = packer
    this.rows = new TextRows(rules.columns, format)
  }

  /** Throws FileRefused for a field that no column takes, if the source refuses those. */
  nameFields(names: readonly string[]): void {
    this.#names = names
    this.rows.nameFields(names)
    const unknown = this.#rules.unknownKeys === 'reject' ? this.#unknown()[0] : undefined
    if (unknown !== undefined) throw new FileRefused(`unknown key: ${shortened(names[unknown] ?? '')}`)
    if (this.#format.kind === 'csv') this.fast = this.#packer.fastRecords(this.#format, names)
  }

  /** Whether the next record must be counted with examples of its values. */
  get needsCount(): boolean {
    return this.#packer.keyCounter !== undefined && this.#counted === undefined
  }

  count(fields: RecordFields): void {
    const counter = this.#packer.keyCounter
    if (!counter) return
    this.#counted ??= this.#begin(counter, fields)
    this.countAgain(1)
  }

  /** Counts records like the first one. */
  countAgain(rows: number): void {
    if (this.#counted) this.#packer.keyCounter?.takeFields(rows, this.#counted.unknown, this.#counted.present)
  }

  #begin(counter: KeyCounter, fields: RecordFields): FieldCounts {
    const example = (index: number) => JSON.stringify(fields.text(index) ?? null)
    const { columns } = this.#rules
    return {
      unknown: this.#unknown().map((index) => counter.unknownKey(this.#names[index] ?? '', () => example(index))),
      present: columns.flatMap(({ keys }, index) => (this.#names.includes(keys[0]) ? [index] : [])),
    }
  }

  /** Indexes of the fields that no column takes. */
  #unknown(): readonly number[] {
    const known = new Set(this.#rules.columns.map(({ keys }) => keys[0]))
    return this.#names.flatMap((name, index) => (known.has(name) ? [] : [index]))
  }
}

interface FieldCounts {
  readonly unknown: readonly (Counted | undefined)[]
  /** Indexes of the columns that have a field. */
  readonly present: readonly number[]
}

class PackedRecords implements RecordSink {
  readonly #packer: Packer
  readonly #named: NamedRows | undefined
  /** Whether a record was of the declared format. */
  #hasRecord = false
  #rejects = 0
  #firstReject = ''

  constructor(packer: Packer, named: NamedRows | undefined) {
    this.#packer = packer
    this.#named = named
  }

  takeJson(record: Buffer, place: RecordPlace): void {
    this.#packer.takeJson(record, place)
  }

  nameFields(names: readonly string[]): void {
    this.#named?.nameFields(names)
  }

  takeFields(fields: RecordFields, record: Buffer, place: RecordPlace): void {
    this.#hasRecord = true
    const [named, packer] = [this.#named, this.#packer]
    if (!named) throw new Error('the format has no fields')
    const { rows } = named
    const wrong = isUtf8(record) ? (rows.write(fields) ?? packer.refusal) : 'not UTF-8'
    if (wrong !== undefined) {
      packer.rejectRecord(wrong, record, place)
      return
    }
    packer.packRow(rows, place.number)
    named.count(fields)
  }

  takeFast(bytes: Buffer, start: number, number: number): FastRun {
    const [named, packer] = [this.#named, this.#packer]
    const fast = named?.fast
    if (!fast || named.needsCount || packer.refusal !== undefined) return { rows: 0, end: start, isLeft: true }
    const run = fast.pack(bytes, start, packer.packing(number))
    if (run.rows === 0) return run
    this.#hasRecord = true
    packer.packRun(run)
    named.countAgain(run.rows)
    return run
  }

  reject(reason: string, record: Buffer, place: RecordPlace): void {
    this.#rejects++
    if (this.#rejects === 1) this.#firstReject = `${reason} (line ${place.line})`
    if (!this.#hasRecord && this.#rejects === ENOUGH_REJECTS) throw this.#otherFormat(`its first ${ENOUGH_REJECTS}`)
    this.#packer.rejectRecord(reason, record, place)
  }

  /**
   * Refuses the file at its end if it has several records, and none of them is of the declared
   * format.
   */
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
