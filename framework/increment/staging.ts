/** The port through which an increment stages intermediate rows, and learns how many there are. */
import type { ColumnId, Expression } from '../expression/expression.ts'
import { renamed } from '../relation/build.ts'
import type { Ranges, RangeValue } from '../relation/range.ts'
import { type ColumnIds, columnsOf, type KeyMatch, type Relation, type Scan } from '../relation/relation.ts'

/** Computed rows that are kept until the increment ends. */
export interface StagedRows {
  /** Has new column ids, in the order of the columns of the relation that was staged. */
  readonly relation: Relation
  readonly rows: number
  /** The range of each column's values. */
  readonly ranges: Ranges
}

/** Computes rows while an increment is derived, because later decisions depend on them. */
export interface Staging {
  readonly ids: ColumnIds
  /** Computes the relation's rows, and keeps them. */
  stage(relation: Relation): Promise<StagedRows>
  /**
   * A scan of at least all rows that match staged rows. Other increments can have looked up such
   * rows before.
   */
  lookUp(scan: Scan, on: readonly KeyMatch[]): Promise<Scan>
  /** True if reading the relation costs more than a query that finds the needed rows. */
  isLarge(relation: Relation): boolean
  /** True if fewer rows are read for the first relation than for the second. */
  isSmaller(one: Relation, other: Relation): boolean
  /**
   * Values of a column that split the scan's rows into pieces, small pieces first. The first piece
   * holds the rows beyond the first cut: the greater ones for `desc`. Empty if splitting takes
   * longer than it saves.
   */
  cuts(scan: Scan, column: ColumnId, direction: 'asc' | 'desc'): readonly Cut[]
}

/** A split point: its value as file statistics have it, and as a query writes it. */
export interface Cut {
  readonly value: RangeValue
  readonly literal: Expression
}

/** Stages rows that are used several times, under their own column ids. */
export async function stagedUnderOwnIds(staging: Staging, rows: Relation): Promise<Relation> {
  const { relation } = await staging.stage(rows)
  return renamed(relation, columnsOf(relation), columnsOf(rows))
}
