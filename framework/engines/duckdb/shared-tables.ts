/** Keeps tables that several SQL sessions of a run read, so that each is made only once. */

/**
 * The tables, by what they contain. DuckDB keeps them, in memory or in the directory for spilled
 * data, until it is closed.
 */
export class SharedTables {
  readonly #made = new Map<string, Promise<unknown>>()
  readonly #asked = new Set<string>()

  /** `what` identifies one kind of value. The names of the tables begin with `name`. */
  once<Value>(what: string, make: (name: string) => Promise<Value>): Promise<Value> {
    const known = this.#made.get(what) ?? make(`shared_${this.#made.size}`)
    this.#made.set(what, known)
    return known as Promise<Value>
  }

  /** As `once`, from the second call on. The first one returns undefined. */
  async again<Value>(what: string, make: (name: string) => Promise<Value>): Promise<Value | undefined> {
    if (this.#asked.has(what)) return this.once(what, make)
    this.#asked.add(what)
    return undefined
  }
}
