/**
 * Defines the port between a format, which finds the records of a file, and the code that types
 * them.
 */
import type { Buffer } from 'node:buffer'
import { MIB } from '../../storage/units.ts'

/** Where a record is. All numbers count from 1. */
export interface RecordPlace {
  /** The line on which it begins. */
  readonly line: number
  readonly record: number
  /** The value of the column `_line`. It differs for each record. */
  readonly number: number
}

/** The texts of one record. They are valid until the next record. */
export interface RecordFields {
  /** Undefined for null. */
  text(index: number): string | undefined
  isQuoted(index: number): boolean
}

/** Records that were taken on the fast path. */
export interface FastRun {
  readonly rows: number
  /** Where the next record begins. */
  readonly end: number
  /** Whether that record is left to the slow path. */
  readonly isLeft: boolean
}

/** Receives the records of one file, in their order. */
export interface RecordSink {
  /** Receives a record that is the text of a JSON value. */
  takeJson(record: Buffer, place: RecordPlace): void
  /** Names the fields of all following records. */
  nameFields(names: readonly string[]): void
  /** Receives a record of named texts. `record` contains it. */
  takeFields(fields: RecordFields, record: Buffer, place: RecordPlace): void
  /**
   * Takes records of delimited text from `start` on that are certainly rows, each of which is one
   * line. `number` is the line of the first one.
   */
  takeFast?(bytes: Buffer, start: number, number: number): FastRun
  /** Receives a record that is not of the declared format. */
  reject(reason: string, record: Buffer, place: RecordPlace): void
}

/** Finds the records of one file. */
export interface Splitter {
  /**
   * Passes the records that end in `bytes` to the sink, and returns where the next one begins. The
   * next call gets the bytes from there on, and more of them. If `isLast` is true, nothing follows.
   * Throws FileRefused if the rest of the file cannot be split into records.
   */
  take(bytes: Buffer, isLast: boolean): number
}

/** Maximum length of a record, in bytes. */
export const MAX_RECORD_BYTES = 64 * MIB
