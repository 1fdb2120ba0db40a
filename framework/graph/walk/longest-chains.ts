/**
 * Measures how long the chains of nodes downstream of each node are, so that a walk can begin with
 * the longest.
 */

/**
 * Returns for each key the length of the longest chain of other keys downstream of it. `keys` lists
 * upstreams first. A walk that visits nodes with long chains early does not end with one long chain
 * on an otherwise idle machine.
 */
export function longestChains(
  keys: readonly string[],
  upstream: (key: string) => readonly string[],
): ReadonlyMap<string, number> {
  const chains = new Map(keys.map((key) => [key, 0]))
  for (const key of keys.toReversed()) {
    const own = chains.get(key) ?? 0
    for (const before of upstream(key)) {
      const known = chains.get(before)
      if (known !== undefined) chains.set(before, Math.max(known, own + 1))
    }
  }
  return chains
}
