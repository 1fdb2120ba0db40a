import { NO_RANGES, type Ranges } from './range.ts'
import type { ColumnIds, Relation } from './relation.ts'

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
}

export const stagedRows = (relation: Relation, rows: number, ranges: Ranges = NO_RANGES): StagedRows => ({
  relation,
  rows,
  ranges,
})
