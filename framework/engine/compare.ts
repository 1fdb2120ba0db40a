/** Declares the request to compare the rows of two tables, and its result. */
import type { TableColumn } from '../delta/schema.ts'
import type { InputTable } from './data-file.ts'
import type { PlainValue } from './json-value.ts'

export interface CompareRequest {
  /** The columns to compare. */
  readonly columns: readonly TableColumn[]
  /**
   * A removed and an added row that agree in these columns count as one changed row. Empty if rows
   * have no key.
   */
  readonly key: readonly string[]
  readonly before: InputTable
  readonly after: InputTable
  /** Maximum number of rows of each kind of difference in the sample. */
  readonly limit: number
  /**
   * Files to search for the removed and added rows of the sample, in the form of `Storage.locate`.
   */
  readonly searched?: readonly string[]
  /** Whether to find the positions of rows in the searched files. */
  readonly positions?: boolean
  readonly signal: AbortSignal
}

export type ComparedRow = Readonly<Record<string, PlainValue>>

/** A row that differs between the two tables. */
export type RowDifference =
  | { readonly change: 'removed' | 'added'; readonly row: ComparedRow; readonly found: readonly FoundRow[] }
  | { readonly change: 'changed'; readonly before: ComparedRow; readonly after: ComparedRow }

/** A searched file that has the row, and how many times. */
export interface FoundRow {
  readonly file: string
  readonly copies: number
  /** Where the copies are in the file. Present if the request asks for it. */
  readonly positions?: readonly number[]
}

/** How two tables differ. Copies of a row count; null equals null, and NaN equals NaN. */
export interface Comparison {
  readonly removed: number
  readonly added: number
  readonly changed: number
  /** Ordered by key, removed rows first. */
  readonly sample: readonly RowDifference[]
}
