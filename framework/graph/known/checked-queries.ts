/** Declares the port for a cache of valid queries, which a large project does not read again. */

/**
 * A set of hashes. Each covers everything that reading a query depends on: its text, its upstreams'
 * columns, its table.
 */
export interface CheckedQueries {
  has(hash: string): boolean
  /** Called for each query that was read and has no problem. */
  add(hash: string): void
}

export const NOTHING_CHECKED: CheckedQueries = { has: () => false, add: () => undefined }
