/** Finds the indexes of paths in a list. */

/**
 * The indexes of paths in a list. If the list is in order, and the paths are looked up in order
 * too, each search costs one comparison. So comparing two lists of a million files needs no map.
 */
export class PathIndex {
  readonly #paths: readonly string[]
  /** Undefined if the paths are in order. */
  readonly #indexes: ReadonlyMap<string, number> | undefined
  /** The index after the one that was found last. */
  #next = 0

  constructor(paths: readonly string[]) {
    this.#paths = paths
    this.#indexes = isAscending(paths) ? undefined : new Map(paths.map((path, index) => [path, index]))
  }

  /** Undefined if the list does not have the path. */
  indexOf(path: string): number | undefined {
    if (this.#indexes) return this.#indexes.get(path)
    // A path is often looked up twice in a row.
    if (this.#paths[this.#next] === path) return this.#found(this.#next)
    if (this.#paths[this.#next - 1] === path) return this.#next - 1
    return this.#search(path)
  }

  #found(index: number): number {
    this.#next = index + 1
    return index
  }

  #search(path: string): number | undefined {
    let [low, high] = [0, this.#paths.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#paths[middle] as string) < path) low = middle + 1
      else high = middle
    }
    return this.#paths[low] === path ? this.#found(low) : undefined
  }
}

/** Whether each path is greater than the one before it. */
function isAscending(paths: readonly string[]): boolean {
  for (let index = 1; index < paths.length; index++) {
    if (!((paths[index - 1] as string) < (paths[index] as string))) return false
  }
  return true
}
