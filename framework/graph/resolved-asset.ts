import type { Severity } from '../declare/checks.ts'
import type { Column } from '../declare/columns.ts'
import type { Asset, Source, Table } from '../declare/definition.ts'
import type { NamedColumn, Relation } from '../relation/relation.ts'
import type { AssetCode } from './code-version.ts'

interface Resolved<Declared extends Asset> {
  readonly key: string
  readonly declared: Declared
  /** In the order of the table; a source's end with `_file` and `_line`. */
  readonly columns: readonly Column[]
  readonly primaryKey: readonly string[]
  readonly partitionBy: readonly string[]
  readonly code: AssetCode
}

export interface ResolvedSource extends Resolved<Source> {
  readonly kind: 'source'
}

export interface ResolvedTable extends Resolved<Table> {
  readonly kind: 'table'
  readonly query: ResolvedQuery
  /** Whether its query has SQL of the author's own. */
  readonly usesRawSql: boolean
  /** Whether it has exactly one row. */
  readonly oneRow: boolean
  readonly upstream: readonly UpstreamUse[]
  readonly references: readonly Reference[]
  /** Its code as it would be if the assets that it names had other keys: `keyOf` gives them by those that they have. */
  codeUnder(keyOf: (key: string) => string): AssetCode
  /** Undefined where it is not declared incremental. */
  readonly incremental: ResolvedIncremental | undefined
}

/**
 * How the table follows its upstreams; `whole` where its query has something through which changes cannot be followed, as `why` names it
 * (`LIMIT`, `raw SQL`).
 */
export type ResolvedIncremental = FollowedQuery | { readonly kind: 'whole'; readonly why: string }

/** A query as engines and increments know it. */
export interface ResolvedQuery {
  readonly relation: Relation
  /** The relation's columns, by the query's names for them. */
  readonly outputs: readonly NamedColumn[]
}

/** Whether the asset's query has SQL of the author's own, which is not examined. */
export const usesRawSql = (asset: ResolvedAsset): boolean => asset.kind === 'table' && asset.usesRawSql

export interface FollowedQuery extends ResolvedQuery {
  readonly kind: 'followed'
  readonly mode: 'keys' | 'partitions'
  /** The table's columns that name a key or a partition. None where it has one row. */
  readonly by: readonly string[]
}

/** A `references` check whose key column is known. */
export interface Reference {
  readonly column: string
  readonly asset: string
  /** The key that the asset had before. */
  readonly formerly: string | undefined
  readonly key: string
  readonly severity: Severity
}

/** An asset that passed every check of a loading project. */
export type ResolvedAsset = ResolvedSource | ResolvedTable

/** How a query uses an upstream. */
export interface UpstreamUse {
  readonly alias: string
  readonly key: string
  /** The key that the upstream had before. */
  readonly formerly: string | undefined
  /** The upstream's columns that the query may read, in the upstream's order. */
  readonly columns: readonly string[]
}
