/** Keeps tables that several SQL sessions of a run read, so that each is made only once. */

/**
 * The tables, by what they contain. DuckDB keeps them, in memory or in the directory for spilled
 * data, until it is closed.
 */
export class SharedTables {
  readonly #made = new Map<string, Promise<unknown>>()
  /** What the first asker wants -> that asker. */
  readonly #asked = new Map<string, object>()

  /** `what` identifies one kind of value. The names of the tables begin with `name`. */
  once<Value>(what: string, make: (name: string) => Promise<Value>): Promise<Value> {
    const known = this.#made.get(what) ?? make(`shared_${this.#made.size}`)
    this.#made.set(what, known)
    return known as Promise<Value>
  }

  /** As `once`, but returns undefined until a second asker asks. */
  async onceAskedTwice<Value>(
    what: string,
    asker: object,
    make: (name: string) => Promise<Value>,
  ): Promise<Value | undefined> {
    const first = this.#asked.get(what) ?? asker
    this.#asked.set(what, first)
    return first === asker && !this.#made.has(what) ? undefined : this.once(what, make)
  }
}
