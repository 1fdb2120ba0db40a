import type { ColumnId, Expression } from '../expression/expression.ts'
import type { Ranges, RangeValue } from '../relation/range.ts'
import type { ColumnIds, Relation, Scan } from '../relation/relation.ts'

/** Rows that were worked out and are kept for as long as the increment is worked on. */
export interface StagedRows {
  /** Has columns of its own, one for each of what was staged, in its order. */
  readonly relation: Relation
  readonly rows: number
  /** What the columns' values lie between. */
  readonly ranges: Ranges
}

/** What works out rows while it is found out which ones are needed. */
export interface Staging {
  readonly ids: ColumnIds
  /** Works out the relation's rows, and keeps them. */
  stage(relation: Relation): Promise<StagedRows>
  /** Whether so many rows are read for the relation that leaving some out is worth a question of its own. */
  isLarge(relation: Relation): boolean
  /**
   * Values of a column that part the scan's rows into pieces which are read apart, the first pieces the smaller ones: rows beyond the
   * first value, greater ones where the direction is `desc`, are the first piece. None where that is not worth while.
   */
  cuts(scan: Scan, column: ColumnId, direction: 'asc' | 'desc'): readonly Cut[]
}

/** A value as a file's statistics have it, and as it is written in a query. */
export interface Cut {
  readonly value: RangeValue
  readonly literal: Expression
}
