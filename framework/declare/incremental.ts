/** Declares how a table follows the deltas of its upstreams. */

/**
 * A promise that rows of different keys, or of different partitions, do not depend on each other,
 * so that a run recomputes only what a changed upstream row can affect. `lake` refuses a query that
 * contradicts it when the project loads. A table without it is rebuilt in full, which is always
 * right.
 */
export type Incremental<Column extends string = string> = ByKey<Column> | ByPartition

export interface ByKey<Column extends string = string> {
  readonly kind: 'key'
  readonly columns: readonly Column[]
}

export interface ByPartition {
  readonly kind: 'partition'
}

/** Replaces the rows of affected keys: `byKey('user_id')`. */
export function byKey<const Column extends string>(...columns: readonly [Column, ...Column[]]): ByKey<Column> {
  return { kind: 'key', columns }
}

/** Replaces affected partitions completely. */
export function byPartition(): ByPartition {
  return { kind: 'partition' }
}
