/** Counts the keys of a source file's rows. */
import type { LineColumn } from '../lines/line-columns.ts'
import type { RowLine } from '../lines/parse-line.ts'
import { shown } from '../lines/parse-value.ts'
import { type FileKeys, MAX_NAME, MAX_NAMES, NO_KEYS, type UnknownKey } from './file-keys.ts'

/** How many rows of a file have a key. */
export type Counted = { -readonly [Field in keyof UnknownKey]: UnknownKey[Field] }

/** Counts the rows of one file after another. */
export class KeyCounter {
  readonly #columns: readonly LineColumn[]
  readonly #known: ReadonlySet<string>
  readonly #isPresent: boolean[]
  #unknown = new Map<string, Counted>()
  #present = 0
  #rows = 0
  #more = 0
  #bare = 0

  constructor(columns: readonly LineColumn[]) {
    this.#columns = columns
    this.#known = new Set(columns.map(({ keys }) => keys[0]))
    this.#isPresent = columns.map(() => false)
  }

  beginFile(): void {
    this.#isPresent.fill(false)
    this.#unknown = new Map()
    this.#present = 0
    this.#rows = 0
    this.#more = 0
    this.#bare = 0
  }

  /** Whether each column was present in a row of this file. */
  get hasSeenAll(): boolean {
    return this.#present === this.#columns.length
  }

  /** Counts a row of the slow path. */
  takeRow({ members, values }: RowLine): void {
    let isMore = false
    let isBare = true
    for (const [name, value] of members) {
      if (this.#known.has(name)) isBare = false
      else {
        const key = this.unknownKey(name, () => value)
        if (key) key.rows++
        else isMore = true
      }
    }
    this.countRows({ rows: 1, more: Number(isMore), bare: Number(isBare) })
    if (!this.hasSeenAll) {
      for (const [column, value] of values.entries()) if (value !== undefined) this.notePresent(column)
    }
  }

  /**
   * Counts rows of fields whose names are the same for all rows of the file. `unknown` is what
   * `unknownKey` returned for the fields that no column takes.
   */
  takeFields(rows: number, unknown: readonly (Counted | undefined)[], present: readonly number[]): void {
    for (const key of unknown) if (key) key.rows += rows
    this.countRows({ rows, more: unknown.includes(undefined) ? rows : 0, bare: present.length === 0 ? rows : 0 })
    if (!this.hasSeenAll) for (const column of present) this.notePresent(column)
  }

  /** Counts rows: how many have more keys than are named, and how many have no declared key. */
  countRows({ rows, more, bare }: Readonly<Record<'rows' | 'more' | 'bare', number>>): void {
    this.#rows += rows
    this.#more += more
    if (this.#columns.length > 0) this.#bare += bare
  }

  notePresent(column: number): void {
    if (this.#isPresent[column]) return
    this.#isPresent[column] = true
    this.#present++
  }

  /** The counts of a key in this file; undefined if the key is not named. `value` returns JSON. */
  unknownKey(name: string, value: () => string): Counted | undefined {
    const known = this.#unknown.get(name)
    if (known || this.#unknown.size === MAX_NAMES || name.length > MAX_NAME) return known
    const key = { name: wellFormed(name), rows: 0, example: wellFormed(shown(value())) }
    this.#unknown.set(name, key)
    return key
  }

  /** The counts since `beginFile`. */
  get counts(): FileKeys {
    const absent = this.#rows === 0 ? [] : this.#columns.filter((_, index) => !this.#isPresent[index])
    if (this.#unknown.size + this.#more + this.#bare + absent.length === 0) return NO_KEYS
    return {
      unknown: [...this.#unknown.values()],
      ...{ more: this.#more, bare: this.#bare },
      absent: absent.map(({ name }) => name),
    }
  }
}

/** Copies the text, because a slice would keep the complete line in memory. */
const wellFormed = (text: string): string => Buffer.from(text).toString()
