/** Infers the columns of a source from its lines. */
import type { ColumnType } from '../declare/columns.ts'
import type { ValueFormat } from '../declare/reading/value-format.ts'
import { members } from '../ingest/lines/json-members.ts'
import { syntaxProblem } from '../ingest/lines/parse-line.ts'
import { quoteSpecialNumbers } from '../ingest/lines/special-numbers.ts'
import { columnName } from './column-name.ts'
import { inferType } from './infer-type.ts'
import { UniqueKeys } from './unique-keys.ts'
import { type NotedValues, ValueNotes } from './value-notes.ts'

/** Maximum number of different keys. Files with more keys have data in their keys. */
const MAX_KEYS = 1_000

/** The file and the number of a line. */
export interface LinePlace {
  readonly file: string
  /** From 1. */
  readonly line: number
}

export interface InferredColumn {
  readonly name: string
  /** The key of its values, if that differs from the name. */
  readonly key?: string
  readonly type: ColumnType
  readonly format?: ValueFormat
  readonly nullable: boolean
  readonly values: NotedValues
  /** Number of lines that lack the key. */
  readonly missing: number
}

/** A key that no column can hold. */
export interface LeftOutKey {
  readonly key: string
  readonly why: string
}

export interface InferredSource {
  /** Number of lines that are not blank. Undefined for a Delta table whose log does not say it. */
  readonly lines: number | undefined
  readonly refused: { readonly lines: number; readonly first: LinePlace | undefined; readonly why?: string | undefined }
  readonly columns: readonly InferredColumn[]
  readonly leftOut: readonly LeftOutKey[]
  /** Columns that have a different value in each line. */
  readonly unique: readonly string[]
  /** Two files: the first line of each has a key that the first line of the other lacks. */
  readonly unlike?: readonly string[]
}

type Refused = InferredSource['refused']

const NONE: Refused = { lines: 0, first: undefined }

/** Adds the refused lines of `later`, and keeps the first one. */
const withRefused = ({ lines, first, why }: Refused, later: Refused): Refused =>
  first ? { lines: lines + later.lines, first, why } : later

/** Maximum number of files that are compared by the keys of their first lines. */
const MAX_SHAPES = 50

/** Receives the lines of a source, one after another. */
export class SourceInference {
  readonly #keys = new Map<string, { readonly notes: ValueNotes; seen: number }>()
  readonly #unique = new UniqueKeys()
  #objects = 0
  #refused = NONE
  /** Lines with a bare NaN or infinity, which are refused if no column can have one. */
  #special = NONE
  #tooMany = 0
  #file: string | undefined
  /** One file for each set of keys that a first line has. */
  readonly #shapes = new Map<string, { readonly file: string; readonly keys: ReadonlySet<string> }>()

  /** `text` is undefined if the line is not UTF-8 or is too long. `why` says so, if it is known. */
  take(text: string | undefined, place: LinePlace, why?: string): void {
    if (text?.trim() === '') return
    const refused = { lines: 1, first: place, why: text === undefined ? why : undefined }
    const isJson = text !== undefined && syntaxProblem(text) === undefined
    const object = isJson ? text : quoteSpecialNumbers(text ?? '')
    if (syntaxProblem(object) !== undefined) {
      this.#refused = withRefused(this.#refused, refused)
      return
    }
    if (object !== text) this.#special = withRefused(this.#special, refused)
    const values = members(object)
    for (const [key, value] of values) this.#note(key, value)
    if (place.file !== this.#file) this.#noteShape(place.file, new Set(values.keys()))
    this.#unique.take(values, this.#objects)
    this.#objects++
  }

  #noteShape(file: string, keys: ReadonlySet<string>): void {
    this.#file = file
    const shape = [...keys].toSorted().join('\n')
    if (!this.#shapes.has(shape) && this.#shapes.size < MAX_SHAPES) this.#shapes.set(shape, { file, keys })
  }

  get #unlike(): readonly string[] {
    const shapes = [...this.#shapes.values()]
    for (const one of shapes) {
      const other = shapes.find(({ keys }) => lacks(keys, one.keys) && lacks(one.keys, keys))
      if (other) return [one.file, other.file]
    }
    return []
  }

  #note(key: string, value: string): void {
    let noted = this.#keys.get(key)
    if (!noted) {
      if (this.#keys.size === MAX_KEYS) {
        this.#tooMany++
        return
      }
      noted = { notes: new ValueNotes(), seen: 0 }
      this.#keys.set(key, noted)
    }
    noted.seen++
    noted.notes.take(value)
  }

  get result(): InferredSource {
    const columns: InferredColumn[] = []
    const leftOut: LeftOutKey[] = []
    const names = new Set(['_file', '_line'])
    for (const [key, { notes, seen }] of this.#keys) {
      const values = notes.notes
      const read = inferType(values)
      const name = columnName(key, names)
      names.add(name.toLowerCase())
      const missing = this.#objects - seen
      const nullable = missing + values.nulls > 0
      columns.push({ name, ...(name !== key && { key }), ...read, nullable, values, missing })
    }
    if (this.#tooMany > 0) leftOut.push({ key: '…', why: `there are more than ${MAX_KEYS} different keys` })
    const takesSpecial = columns.some(({ format }) => format?.kind === 'special-numbers')
    const refused = takesSpecial ? this.#refused : withRefused(this.#refused, this.#special)
    return {
      lines: this.#objects + this.#refused.lines,
      refused,
      columns,
      leftOut,
      unlike: this.#unlike,
      unique: columns.flatMap(({ name, key = name, nullable }) => (!nullable && this.#unique.has(key) ? [name] : [])),
    }
  }
}

const lacks = (keys: ReadonlySet<string>, others: ReadonlySet<string>): boolean =>
  [...others].some((key) => !keys.has(key))
