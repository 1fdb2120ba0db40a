/** Finds the keys that have a different value in each line. */

/** Maximum number of values that are remembered, of all keys together. */
const MAX_REMEMBERED = 2_000_000

export class UniqueKeys {
  /** The values of each key that has had a different value in each line so far. */
  readonly #values = new Map<string, Set<string>>()
  #remembered = 0

  /** `line` is the number of lines before this one. */
  take(values: ReadonlyMap<string, string>, line: number): void {
    if (line === 0) for (const key of values.keys()) this.#values.set(key, new Set())
    for (const [key, seen] of this.#values) {
      const value = values.get(key)
      if (value === undefined || seen.has(value) || this.#remembered >= MAX_REMEMBERED) this.#drop(key, seen)
      else {
        seen.add(value)
        this.#remembered++
      }
    }
  }

  #drop(key: string, seen: ReadonlySet<string>): void {
    this.#remembered -= seen.size
    this.#values.delete(key)
  }

  has(key: string): boolean {
    return this.#values.has(key)
  }
}
