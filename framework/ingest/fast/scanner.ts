/**
 * Runs the scanner of framework/scanner, which the build has compiled to WebAssembly, and owns its
 * memory.
 */
import { Buffer } from 'node:buffer'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NEWLINE } from '../../scanner/ascii.ts'
import { ALL_TAKEN, LEFT, PADDING } from '../../scanner/protocol.ts'
import type { PackedRows } from '../pack/batch-file.ts'
import { asBuffer } from '../pack/line-blocks.ts'

/** The functions that framework/scanner/index.ts exports. Addresses and flags are numbers. */
export interface ScannerFunctions {
  readonly memory: { readonly buffer: ArrayBuffer }
  allocate(bytes: number): number
  stoppedAt(): number

  declareKey(bytes: number, length: number): number
  declareField(bytes: number, length: number, isText: number, empty: number): number
  takes(address: number, kind: number, isNullable: number): void
  takesDigits(address: number, digits: number, scale: number): void
  takesBounds(address: number, min: number, max: number): void
  expectKeys(required: number, counts: number, refusesUnknown: number): void
  describeRecords(delimiter: number, quote: number, escapes: number): void
  noteComment(bytes: number, length: number): void
  separateFractionsBy(byte: number): void
  hasFraction(address: number): void
  noteNullLength(length: number): void

  scanLines(start: number, limit: number): number
  scanRecords(start: number, limit: number): number
  linesScanned(): number
  longestLine(): number

  beginRowsWith(bytes: number, length: number): void
  writeRowsTo(from: number, to: number): void
  packLines(start: number, limit: number, number: number, enoughBytes: number): number
  packRecords(start: number, limit: number, number: number): number
  writtenBytes(): number
  writtenRows(): number
  longestRow(): number

  beginCounts(): void
  countedLines(): number
  countedLinesWithMore(): number
  countedBareLines(): number
  linesWith(address: number): number
  keyThatNeedsName(): number
  nameKey(address: number, isOneTooMany: number): void
  keyBytes(address: number): number
  keyLength(address: number): number
  valueStartOf(address: number): number
  valueEndOf(address: number): number
}

/** The part of WebAssembly that is used here, which the types of Node do not declare. */
declare const WebAssembly: {
  readonly Module: new (code: Uint8Array) => object
  readonly Instance: new (module: object) => { readonly exports: unknown }
}

/** In dist/, or beside the framework's TypeScript. */
const PLACES = ['./scanner.wasm', '../scanner.wasm', '../../../dist/scanner.wasm']

let compiled: object | undefined

function compile(): object {
  const path = PLACES.map((place) => fileURLToPath(new URL(place, import.meta.url))).find((place) => existsSync(place))
  if (path === undefined) throw new Error('dist/scanner.wasm is missing: run npm run build')
  compiled = new WebAssembly.Module(readFileSync(path))
  return compiled
}

const KIB = 1024
/**
 * Maximum number of bytes of a file in the scanner's memory at once. They fit into a core's own
 * cache.
 */
const WINDOW_BYTES = 256 * KIB
/** Room for any row of the window, and for the text with which rows begin. */
const ROWS_BYTES = 2 * WINDOW_BYTES
/** Maximum length of the text with which rows begin. */
const HEAD_BYTES = 64 * KIB

/** How rows are packed. */
export interface RowNumbering {
  /** What each row begins with, up to its number. */
  readonly head: Buffer
  /** The number of the first row. */
  readonly number: number
}

/** The rows that one call has taken. Their bytes are valid until the next call. */
export interface PackedRun extends PackedRows {
  /** Where the first record begins that was not taken. */
  readonly end: number
  /** Whether that record is left to the slow path. */
  readonly isLeft: boolean
}

const NO_BYTES = Buffer.alloc(0)

/** The result of a call that takes nothing, and leaves the record at `end` to the slow path. */
export const nothingTaken = (end: number): PackedRun => ({ bytes: NO_BYTES, rows: 0, longest: 0, end, isLeft: true })

/** A scanner, and the part of a file's bytes that is in its memory. */
export class Scanner {
  readonly functions: ScannerFunctions
  readonly #input: number
  readonly #rows: number
  readonly #head: number
  #bytes: Buffer | undefined
  #from = 0
  #to = 0
  #writtenHead: Buffer | undefined

  constructor() {
    const instance = new WebAssembly.Instance(compiled ?? compile())
    this.functions = instance.exports as ScannerFunctions
    this.#input = this.functions.allocate(WINDOW_BYTES + PADDING)
    this.#rows = this.functions.allocate(ROWS_BYTES)
    this.#head = this.functions.allocate(HEAD_BYTES + PADDING)
  }

  /** Copies bytes to the scanner's memory for good. Returns their address. */
  keep(bytes: Uint8Array): number {
    const address = this.functions.allocate(bytes.length + PADDING)
    this.#memory.set(bytes, address)
    return address
  }

  /**
   * Loads complete lines of `bytes`, from the line at `at` on. Returns the address of that line;
   * undefined if it is too long. Lines that are loaded already are not loaded again, so `bytes` may
   * not change.
   */
  load(bytes: Buffer, at: number): number | undefined {
    if (bytes !== this.#bytes || at < this.#from || at >= this.#to) {
      const most = Math.min(bytes.length, at + WINDOW_BYTES)
      const to = most === bytes.length ? most : bytes.lastIndexOf(NEWLINE, most - 1) + 1
      if (to <= at) return undefined
      const memory = this.#memory
      const end = this.#input + to - at
      bytes.copy(memory, this.#input, at, to)
      memory.fill(0, end, end + PADDING)
      this.#bytes = bytes
      this.#from = at
      this.#to = to
    }
    return this.#input + at - this.#from
  }

  /** The address behind the loaded lines. */
  get limit(): number {
    return this.#input + this.#to - this.#from
  }

  /** Where the scanner has stopped, in the bytes that were loaded last. */
  get stoppedAt(): number {
    return this.#from + this.functions.stoppedAt() - this.#input
  }

  /** Begins to write rows. Returns false if `head`, with which they begin, is too long. */
  beginRows(head: Buffer): boolean {
    if (head.length > HEAD_BYTES) return false
    if (head !== this.#writtenHead) {
      this.#memory.set(head, this.#head)
      this.functions.beginRowsWith(this.#head, head.length)
      this.#writtenHead = head
    }
    this.functions.writeRowsTo(this.#rows, this.#rows + ROWS_BYTES)
    return true
  }

  /** The rows that were written until the scanner stopped for this reason. */
  packedUntil(stop: number): PackedRun {
    const { functions } = this
    const rows = functions.writtenRows()
    // If there is no room even for the first row, the slow path takes it. A later row waits for the
    // next call.
    const isLeft = stop === LEFT || (stop !== ALL_TAKEN && rows === 0)
    const bytes = this.bytesAt(this.#rows, functions.writtenBytes())
    return { bytes, rows, longest: functions.longestRow(), end: this.stoppedAt, isLeft }
  }

  /** The records that stay in their file, until the scanner stopped for this reason. */
  scannedUntil(stop: number): PackedRun {
    const { functions } = this
    const [rows, longest] = [functions.linesScanned(), functions.longestLine()]
    return { bytes: NO_BYTES, rows, longest, end: this.stoppedAt, isLeft: stop === LEFT }
  }

  bytesAt(address: number, length: number): Buffer {
    return asBuffer(this.#memory.subarray(address, address + length))
  }

  // Made anew for each use, because the memory moves when it grows.
  get #memory(): Uint8Array {
    return new Uint8Array(this.functions.memory.buffer)
  }
}
