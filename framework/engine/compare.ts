/** The request to compare the rows of two tables, and its result. */
import type { TableColumn } from '../delta/schema.ts'
import type { InputTable } from './data-file.ts'
import type { PlainValue } from './json-value.ts'

export interface CompareRequest {
  /** What of the rows is compared. */
  readonly columns: readonly TableColumn[]
  /** Makes one changed row of a removed and an added one that agree in these columns; none where rows have no key. */
  readonly key: readonly string[]
  readonly before: InputTable
  readonly after: InputTable
  /** How many rows of each kind of difference the sample may hold. */
  readonly limit: number
  /** Files in which the removed and the added rows of the sample are looked for, as `Storage.locate` gives them. */
  readonly searched?: readonly string[]
  readonly signal: AbortSignal
}

export type ComparedRow = Readonly<Record<string, PlainValue>>

/** A row that the two do not have alike. */
export type RowDifference =
  | { readonly change: 'removed' | 'added'; readonly row: ComparedRow; readonly found: readonly FoundRow[] }
  | { readonly change: 'changed'; readonly before: ComparedRow; readonly after: ComparedRow }

/** A searched file that has the row, so many times. */
export interface FoundRow {
  readonly file: string
  readonly copies: number
}

/** How two tables differ, each row as often as it stands there: null is equal to null, and NaN to NaN. */
export interface Comparison {
  readonly removed: number
  readonly added: number
  readonly changed: number
  /** Ordered by key, removed rows first. */
  readonly sample: readonly RowDifference[]
}
