/** An asset fails when a check of severity `error` finds a row; it passes with a warning when it is `warn`. */
export type Severity = 'error' | 'warn'

export interface CheckOptions {
  readonly severity?: Severity
}

/** Something that must hold for every row of an asset before it is published. */
export type Check = ReferencesCheck | SqlCheck

/** Every value of `column` that is not null is a `key` of the other asset, as that one stands when this one is built. */
export interface ReferencesCheck {
  readonly kind: 'references'
  readonly column: string
  readonly asset: string
  readonly key: string | undefined
  readonly severity: Severity
}

/** A predicate in SQL over the asset's own columns; rows for which it is false or null offend. */
export interface SqlCheck {
  readonly kind: 'sql'
  readonly name: string
  readonly predicate: string
  readonly severity: Severity
}

export interface ReferencesOptions extends CheckOptions {
  /** The column of the other asset; its primary key where that is one column. */
  readonly key?: string
}

/** Every value of `column` that is not null stands in `asset`, which becomes an upstream for the order of building. */
export function references(column: string, asset: { readonly key: string }, options: ReferencesOptions = {}): Check {
  return {
    kind: 'references',
    column,
    asset: asset.key,
    key: options.key,
    severity: options.severity ?? 'error',
  }
}

/** Rows for which the predicate is not true offend, as `sqlCheck('a play has a user', "user_id <> ''")`. */
export function sqlCheck(name: string, predicate: string, options: CheckOptions = {}): Check {
  return { kind: 'sql', name, predicate, severity: options.severity ?? 'error' }
}
