/** Keeps tables that several SQL sessions of a run read, so that each is made only once. */

/**
 * The tables, by what they contain. DuckDB keeps them, in memory or in the directory for spilled
 * data, until it is closed.
 */
export class SharedTables {
  readonly #made = new Map<string, Promise<unknown>>()
  /** Cache key -> the first asker. */
  readonly #asked = new Map<string, object>()

  /** `cacheKey` identifies one value. The names of the tables begin with `name`. */
  share<Value>(cacheKey: string, make: (name: string) => Promise<Value>): Promise<Value> {
    const known = this.#made.get(cacheKey) ?? make(`shared_${this.#made.size}`)
    this.#made.set(cacheKey, known)
    return known as Promise<Value>
  }

  /** Does the same as `share`, but returns undefined until a second asker asks. */
  async shareIfRequestedBefore<Value>(
    cacheKey: string,
    asker: object,
    make: (name: string) => Promise<Value>,
  ): Promise<Value | undefined> {
    const first = this.#asked.get(cacheKey) ?? asker
    this.#asked.set(cacheKey, first)
    return first === asker && !this.#made.has(cacheKey) ? undefined : this.share(cacheKey, make)
  }
}
