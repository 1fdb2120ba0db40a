/** Declares checks: conditions that the rows of a table must satisfy before they are published. */
/** If a check finds rows: `error` fails the asset, `warn` publishes it with a warning. */
export type Severity = 'error' | 'warn'

export interface CheckOptions {
  readonly severity?: Severity
}

export type Check = ReferencesCheck | SqlCheck | HistoryCheck

/**
 * Every value of `column` that is not null occurs in `key` of the other asset's current version.
 */
export interface ReferencesCheck {
  readonly kind: 'references'
  readonly column: string
  readonly asset: string
  readonly key: string | undefined
  readonly severity: Severity
}

/**
 * A predicate in SQL over the asset's own columns. Rows for which it is false or null violate it.
 */
export interface SqlCheck {
  readonly kind: 'sql'
  readonly name: string
  readonly predicate: string
  readonly severity: Severity
}

export interface ReferencesOptions extends CheckOptions {
  /** The column of the other asset. Default: its primary key, if that is one column. */
  readonly key?: string
}

/**
 * Checks that every value of `column` that is not null occurs in `asset`. `asset` is then built
 * first.
 */
export function references(column: string, asset: { readonly key: string }, options: ReferencesOptions = {}): Check {
  return {
    kind: 'references',
    column,
    asset: asset.key,
    key: options.key,
    severity: options.severity ?? 'error',
  }
}

/**
 * Checks that the predicate is true for every row: `sqlCheck('a play has a user', "user_id <>
 * ''")`.
 */
export function sqlCheck(name: string, predicate: string, options: CheckOptions = {}): Check {
  return { kind: 'sql', name, predicate, severity: options.severity ?? 'error' }
}

/** Compares the rows of a table with its earlier versions. */
export type HistoryCheck = RowCountCheck | NullShareCheck

interface ComparedVersions {
  /** Maximum number of earlier versions to compare with. */
  readonly versions: number
  readonly severity: Severity
}

/**
 * The number of rows differs from the median of the earlier versions by at most `tolerance` of it.
 */
export interface RowCountCheck extends ComparedVersions {
  readonly kind: 'row-count'
  /** A share: 0.5 allows half as many rows, or half as many again. */
  readonly tolerance: number
}

/**
 * The share of nulls in a column differs from the median of the earlier versions by at most
 * `tolerance`.
 */
export interface NullShareCheck extends ComparedVersions {
  readonly kind: 'null-share'
  readonly column: string
  /** A difference of shares: 0.05 allows 5 percentage points. */
  readonly tolerance: number
}

export interface HistoryOptions extends CheckOptions {
  /** See `RowCountCheck` and `NullShareCheck`. Default: 0.5 of the rows, 0.05 for nulls. */
  readonly tolerance?: number
  /** Maximum number of earlier versions to compare with. Default: 5. */
  readonly versions?: number
}

const VERSIONS = 5

/**
 * Checks that the table has about as many rows as before. Passes if there is no earlier version.
 */
export function rowCountLikeBefore(options: HistoryOptions = {}): Check {
  const { tolerance = 0.5, versions = VERSIONS, severity = 'error' } = options
  return { kind: 'row-count', tolerance, versions, severity }
}

/**
 * Checks that about the same share of a column is null as before. Passes if there is no earlier
 * version.
 */
export function nullShareLikeBefore(column: string, options: HistoryOptions = {}): Check {
  const { tolerance = 0.05, versions = VERSIONS, severity = 'error' } = options
  return { kind: 'null-share', column, tolerance, versions, severity }
}

export const historyChecksOf = ({ checks }: { readonly checks: readonly Check[] }): readonly HistoryCheck[] =>
  checks.flatMap((check) => (check.kind === 'row-count' || check.kind === 'null-share' ? [check] : []))
