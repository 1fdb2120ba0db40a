/** Declares checks: what must hold for the rows of a table before they are published. */
/** If a check finds rows: `error` fails the asset, `warn` publishes it with a warning. */
export type Severity = 'error' | 'warn'

export interface CheckOptions {
  readonly severity?: Severity
}

export type Check = ReferencesCheck | SqlCheck

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
