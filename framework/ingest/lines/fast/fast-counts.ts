/** Counts the keys of lines that the fast path takes. */
import { Buffer } from 'node:buffer'
import type { KeyCounter } from '../../keys/key-counter.ts'
import type { Key } from './fast-keys.ts'
import { fastValueEnd } from './fast-values.ts'

/** Counts the keys of the lines that the fast path takes. */
export class FastCounts {
  readonly #counter: KeyCounter
  readonly #declared: readonly Key[]
  /** The unknown keys of the current line are the first ones. */
  readonly #unknown: Key[] = []

  constructor(counter: KeyCounter, declared: readonly Key[]) {
    this.#counter = counter
    this.#declared = declared
  }

  seeUnknown(key: Key, index: number, valueStart: number): void {
    key.valueStart = valueStart
    this.#unknown[index] = key
  }

  /** Counts the current line, with the numbers of its keys. */
  take(bytes: Uint8Array, line: number, seen: { readonly unknown: number; readonly declared: number }): void {
    let isMore = false
    for (let index = 0; index < seen.unknown; index++) {
      const counted = this.#countedKey(this.#unknown[index] as Key, bytes)
      if (counted) counted.rows++
      else isMore = true
    }
    this.#counter.countRow(isMore, seen.declared === 0)
    if (this.#counter.hasSeenAll) return
    for (const key of this.#declared) {
      if (key.seen === line) for (const column of key.columns) this.#counter.notePresent(column)
    }
  }

  #countedKey(key: Key, bytes: Uint8Array): { rows: number } | undefined {
    const { file } = this.#counter
    if (key.counted?.file !== file) {
      const name = Buffer.from(key.bytes.subarray(1, -2)).toString()
      const value = () => textOf(bytes, key.valueStart, fastValueEnd(bytes, key.valueStart, undefined))
      key.counted = { file, key: this.#counter.unknownKey(name, value) }
    }
    return key.counted.key
  }
}

const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString()
