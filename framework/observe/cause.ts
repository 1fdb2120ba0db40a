/** Why an asset is stale, with the details that people ask for next. */
export type Cause = MissingCause | CodeCause | UpstreamCause | SourceCause | ChecksCause | RenamedCause | ForcedCause

/** It was never materialized. */
export interface MissingCause {
  readonly kind: 'missing'
  readonly message: string
}

/** Its query, schema or partitioning is another than that which its rows were made by. */
export interface CodeCause {
  readonly kind: 'code-changed'
  readonly message: string
  /** `the query`, `column title: text -> text null`, ... */
  readonly changes: readonly string[]
}

/** The rows that it reads of an upstream are others than those it was made from; or may be, once a step before it has run. */
export interface UpstreamCause {
  readonly kind: 'upstream-changed'
  readonly message: string
  readonly upstream: string
  /** True where the upstream is about to be rebuilt, and whether its rows change is not known yet. */
  readonly pending: boolean
  readonly fromVersion: number | null
  readonly toVersion: number | null
  /** The columns that changed, of those that are read; null where rows came or went, or it cannot be told. */
  readonly columns: readonly string[] | null
}

/** Files of the source came, changed or went. */
export interface SourceCause {
  readonly kind: 'source-changed'
  readonly message: string
  readonly added: number
  readonly changed: number
  readonly removed: number
  /** Some of them, relative to the source's root. */
  readonly files: readonly string[]
}

/** It is not stale, but its rows have not passed checks that are new or stricter. */
export interface ChecksCause {
  readonly kind: 'checks-changed'
  readonly message: string
  /** In words. */
  readonly checks: readonly string[]
}

/** It is not stale, but it was called otherwise, or what it reads was. */
export interface RenamedCause {
  readonly kind: 'renamed'
  readonly message: string
  /** The key before. */
  readonly from: string
  /** The key now: its own, or that of an upstream. */
  readonly to: string
}

/** It was asked for with --full. */
export interface ForcedCause {
  readonly kind: 'forced'
  readonly message: string
}
