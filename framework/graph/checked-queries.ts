/** Queries that were read before and found right, so that a large project loads without reading each of them again. */

/** Hashes of all that a query's reading depends on: its text, its upstreams' columns, what the table declares. */
export interface CheckedQueries {
  has(hash: string): boolean
  /** Called for each query that was read now and has no problem. */
  add(hash: string): void
}

export const NOTHING_CHECKED: CheckedQueries = { has: () => false, add: () => undefined }
