/** Takes the lines of JSON that are certainly good rows, without parsing them. */
import { Buffer } from 'node:buffer'
import { LEFT, NAMES } from '../../scanner/protocol.ts'
import type { Counted, KeyCounter } from '../keys/key-counter.ts'
import type { LineColumn } from '../lines/line-columns.ts'
import type { PlainLines } from '../pack/packed-batch.ts'
import { nothingTaken, type PackedRun, type RowNumbering, Scanner } from './scanner.ts'
import { describeValues, jsonValues, NO_VALUES, type TakenValues } from './taken-values.ts'

interface FastLinesOptions {
  /** Counts the keys of the lines that the fast path takes. */
  readonly counter?: KeyCounter | undefined
  /** Whether lines with unknown keys are left to the slow path. */
  readonly refusesUnknown?: boolean
  /**
   * Additional members of packed lines. A line that has one of them itself is left to the slow
   * path.
   */
  readonly packed?: readonly string[]
}

/** A key that the scanner knows, and the columns that take its own value. */
interface Key {
  readonly name: string
  readonly columns: readonly number[]
  readonly values: TakenValues
  readonly nullable: boolean
}

/** The bytes of all lines must be valid UTF-8. */
export class FastLines {
  readonly #scanner = new Scanner()
  readonly #counter: KeyCounter | undefined
  /** Address -> the columns that take the key's own value. */
  readonly #declared: ReadonlyMap<number, readonly number[]>
  /** Address -> the counts of an unknown key in the current file. */
  readonly #named = new Map<number, Counted>()

  constructor(columns: readonly LineColumn[], options: FastLinesOptions = {}) {
    const { counter, refusesUnknown = false, packed = [] } = options
    this.#counter = counter
    const declared = declaredKeys(columns)
    this.#declared = new Map(declared.map((key) => [this.#declare(key), key.columns]))
    for (const name of reservedNames(columns, packed)) this.#declare(reserved(name))
    const required = declared.filter(({ nullable }) => !nullable).length
    this.#scanner.functions.expectKeys(required, Number(counter !== undefined), Number(refusesUnknown))
  }

  // The scanner takes no key with an escape. So a line with a name that JSON must escape goes to
  // the slow path.
  #declare({ name, values, nullable }: Key): number {
    const { functions } = this.#scanner
    const bytes = Buffer.from(`${JSON.stringify(name)}:`)
    const address = functions.declareKey(this.#scanner.keep(bytes), bytes.length)
    describeValues(functions, address, { values, nullable })
    return address
  }

  /** Drops the counts of the current file. */
  beginFile(): void {
    this.#scanner.functions.beginCounts()
    this.#named.clear()
  }

  /** Adds the lines that were taken from the current file to the counter. */
  addCounts(): void {
    const { functions } = this.#scanner
    const counter = this.#counter
    if (!counter) return
    counter.countRows({
      rows: functions.countedLines(),
      more: functions.countedLinesWithMore(),
      bare: functions.countedBareLines(),
    })
    for (const [address, counted] of this.#named) counted.rows += functions.linesWith(address)
    for (const [address, columns] of this.#declared) {
      if (functions.linesWith(address) > 0) for (const column of columns) counter.notePresent(column)
    }
  }

  /**
   * The lines, if an engine could read each of them from their file unchanged. Undefined if any
   * line is left to the slow path, or ends with CR.
   */
  plain(bytes: Buffer): PlainLines | undefined {
    const { functions } = this.#scanner
    let [rows, longest] = [0, 0]
    for (let at = 0; at < bytes.length; at = this.#scanner.stoppedAt) {
      const start = this.#scanner.load(bytes, at)
      const stop = start === undefined ? LEFT : functions.scanLines(start, this.#scanner.limit)
      if (stop === LEFT) return undefined
      rows += functions.linesScanned()
      longest = Math.max(longest, functions.longestLine())
      if (stop === NAMES) this.#nameKeys()
    }
    return { rows, bytes: bytes.length, longest }
  }

  /** Packs lines from `start` on, until there are `enoughBytes` or there is no room for more. */
  pack(bytes: Buffer, start: number, { head, number }: RowNumbering, enoughBytes: number): PackedRun {
    const scanner = this.#scanner
    const first = scanner.load(bytes, start)
    if (first === undefined || !scanner.beginRows(head)) return nothingTaken(start)
    let at = first
    for (;;) {
      const next = number + scanner.functions.writtenRows()
      const stop = scanner.functions.packLines(at, scanner.limit, next, enoughBytes)
      if (stop !== NAMES) return scanner.packedUntil(stop)
      this.#nameKeys()
      at = scanner.functions.stoppedAt()
    }
  }

  /** Names the keys of the next line that the file has not had before. */
  #nameKeys(): void {
    const { functions } = this.#scanner
    for (let key = functions.keyThatNeedsName(); key !== 0; key = functions.keyThatNeedsName()) {
      const name = this.#scanner.bytesAt(functions.keyBytes(key) + 1, functions.keyLength(key) - 3).toString()
      const [start, end] = [functions.valueStartOf(key), functions.valueEndOf(key)]
      const counted = this.#counter?.unknownKey(name, () => this.#scanner.bytesAt(start, end - start).toString())
      if (counted) this.#named.set(key, counted)
      functions.nameKey(key, Number(counted === undefined))
    }
  }
}

/**
 * The keys that columns take. A key of several columns, or of a nested value, takes the slow path.
 */
function declaredKeys(columns: readonly LineColumn[]): readonly Key[] {
  const byKey = new Map<string, number[]>()
  for (const [index, { keys }] of columns.entries()) {
    const [key] = keys
    byKey.set(key, [...(byKey.get(key) ?? []), index])
  }
  return [...byKey].map(([name, indexes]) => {
    const [only, ...others] = indexes.flatMap((index) => columns[index] ?? [])
    const isFast = only !== undefined && others.length === 0 && only.packed === name
    return {
      name,
      columns: indexes.filter((index) => columns[index]?.keys.length === 1),
      values: isFast ? jsonValues(only) : NO_VALUES,
      nullable: indexes.every((index) => columns[index]?.nullable),
    }
  })
}

/**
 * Members of packed lines whose values do not come from the line. A line that has one of them
 * itself goes to the slow path.
 */
function reservedNames(columns: readonly LineColumn[], others: readonly string[]): readonly string[] {
  const moved = columns.filter(({ keys, packed }) => packed !== keys[0]).map(({ packed }) => packed)
  return ['_file', '_line', ...moved, ...others]
}

const reserved = (name: string): Key => ({ name, columns: [], values: NO_VALUES, nullable: false })
