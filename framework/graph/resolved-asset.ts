/** Declares an asset in the form that it has after all checks. */
import type { Severity } from '../declare/checks.ts'
import type { Column } from '../declare/columns.ts'
import type { Asset, CodeSource, Source, Table } from '../declare/definition.ts'
import type { Result } from '../refusal.ts'
import type { NamedColumn, Relation } from '../relation/relation.ts'
import type { AssetCode } from './code-version.ts'

interface Resolved<Declared extends Asset> {
  readonly key: string
  readonly declared: Declared
  /** In the order of the table. The last columns of a source of files are `_file` and `_line`. */
  readonly columns: readonly Column[]
  readonly primaryKey: readonly string[]
  readonly partitionBy: readonly string[]
  readonly code: AssetCode
}

export interface ResolvedSource extends Resolved<Source> {
  readonly kind: 'source'
}

/** Whether the asset is a source whose rows code gives. */
export const isFromCode = (asset: ResolvedAsset): asset is ResolvedSource & { readonly declared: CodeSource } =>
  asset.kind === 'source' && asset.declared.rows !== undefined

export interface ResolvedTable extends Resolved<Table> {
  readonly kind: 'table'
  readonly query: ResolvedQuery
  /** Whether its query contains SQL that the author wrote. */
  readonly usesRawSql: boolean
  /** Whether it has exactly one row. */
  readonly oneRow: boolean
  readonly upstream: readonly UpstreamUse[]
  readonly references: readonly Reference[]
  /**
   * The asset's code as it would be if the assets that it names had other keys. `keyOf` maps each
   * current key to the other key.
   */
  codeUnder(keyOf: (key: string) => string): AssetCode
  /** undefined for a table that is not incremental. */
  readonly incremental: ResolvedIncremental | undefined
}

/**
 * How the table follows its upstreams. Refused: it is rebuilt in full, because deltas cannot be
 * derived through a part of its query that `reason` names (`LIMIT`, `raw SQL`).
 */
export type ResolvedIncremental = Result<FollowedQuery>

export interface ResolvedQuery {
  readonly relation: Relation
  /** The relation's columns with their names in the query. */
  readonly outputs: readonly NamedColumn[]
}

/** Whether the query contains raw SQL, which lake does not examine. */
export const usesRawSql = (asset: ResolvedAsset): boolean => asset.kind === 'table' && asset.usesRawSql

/** Whether increments of the asset can mark rows of its data files as deleted. */
export const usesVectors = ({ declared }: ResolvedAsset): boolean =>
  declared.kind === 'table' && declared.deletionVectors

export interface FollowedQuery extends ResolvedQuery {
  readonly kind: 'followed'
  readonly mode: 'keys' | 'partitions'
  /** The columns of the key or of the partitions. Empty for a table of one row. */
  readonly byColumns: readonly string[]
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
  /** The former key of the upstream. */
  readonly formerly: string | undefined
  /** The columns that the query can read, in the upstream's order. */
  readonly columns: readonly string[]
}
