/** Makes tables once that several SQL sessions of a run read. */

/**
 * What was made, by what it is. DuckDB keeps the tables, in its memory or in the directory for
 * spilled data, until it is closed.
 */
export class SharedTables {
  readonly #made = new Map<string, Promise<unknown>>()

  /** `what` names one kind of value only. `name` begins the names of its tables. */
  once<Value>(what: string, make: (name: string) => Promise<Value>): Promise<Value> {
    const known = this.#made.get(what) ?? make(`shared_${this.#made.size}`)
    this.#made.set(what, known)
    return known as Promise<Value>
  }
}
