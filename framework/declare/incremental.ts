/**
 * How a table follows its upstreams: what of it a changed row can affect is worked out anew and replaced, and the rest stays as it is. It
 * says that rows of different keys, or of different partitions, do not depend on each other; what can be seen to contradict that is
 * refused when the project loads. Without it a table is rebuilt whole, which is always right.
 */
export type Incremental<Column extends string = string> = ByKey<Column> | ByPartition

export interface ByKey<Column extends string = string> {
  readonly kind: 'key'
  readonly columns: readonly Column[]
}

export interface ByPartition {
  readonly kind: 'partition'
}

/** Rows of the keys that are affected are replaced: `byKey('user_id')`. */
export function byKey<const Column extends string>(...columns: readonly [Column, ...Column[]]): ByKey<Column> {
  return { kind: 'key', columns }
}

/** The partitions that are affected are replaced, each whole. */
export function byPartition(): ByPartition {
  return { kind: 'partition' }
}
