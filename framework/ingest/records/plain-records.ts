/** Finds out whether all records of a file can stay in it, because they are certainly rows. */
import type { Buffer } from 'node:buffer'
import type { FastRecords } from '../fast/fast-records.ts'
import type { PackedRun } from '../fast/scanner.ts'
import type { DelimitedRecords } from '../pack/packed-batch.ts'
import type { FastRun, RecordFields, RecordPlace, RecordSink } from './record-sink.ts'

/** Names the fields of the records, and counts them. */
export interface NamedRecords {
  /** Undefined if the fast path takes no record. */
  readonly fast: FastRecords | undefined
  /** Whether the next record must be counted with examples of its values. */
  readonly needsCount: boolean
  nameFields(names: readonly string[]): void
  count(fields: RecordFields): void
  countAgain(rows: number): void
}

/**
 * Takes records that an engine could read from their file unchanged: the fast path takes them, and
 * they follow each other line by line.
 */
export class PlainRecords implements RecordSink {
  /** Whether another record was found. */
  isBroken = false
  rows = 0
  longest = 0
  readonly #named: NamedRecords
  #names: readonly string[] = []
  #firstLine = 0
  #isFirstPlain = false

  constructor(named: NamedRecords) {
    this.#named = named
  }

  get delimited(): DelimitedRecords {
    return { names: this.#names, firstLine: this.#firstLine }
  }

  nameFields(names: readonly string[]): void {
    this.#names = names
    this.#named.nameFields(names)
  }

  takeFast(bytes: Buffer, start: number, number: number): FastRun {
    const left = { rows: 0, end: start, isLeft: true }
    const { fast, needsCount } = this.#named
    if (!fast || this.isBroken) return left
    const run = fast.scan(bytes, start)
    if (needsCount) {
      this.#isFirstPlain = run.rows > 0
      return left
    }
    if (run.rows > 0) this.#add(run, number)
    return run
  }

  /**
   * Takes the first record, because its values are examples. The fast path has left every other
   * record.
   */
  takeFields(fields: RecordFields, record: Buffer, { line }: RecordPlace): void {
    if (this.#isFirstPlain && this.#named.needsCount) {
      this.#named.count(fields)
      this.#firstLine = line
      this.rows = 1
      this.longest = record.length
    } else this.isBroken = true
  }

  #add({ rows, longest }: PackedRun, number: number): void {
    if (this.rows === 0) this.#firstLine = number
    if (this.#firstLine + this.rows !== number) this.isBroken = true
    this.rows += rows
    this.longest = Math.max(this.longest, longest)
    this.#named.countAgain(rows)
  }

  takeJson(): void {
    this.isBroken = true
  }

  reject(): void {
    this.isBroken = true
  }
}
