/**
 * Defines a relation's delta: which of its rows are removed, added and unchanged when upstreams
 * change.
 */
import type { ColumnId } from '../../expression/expression.ts'
import { emptyAs, passed, project, reference, unionAll } from '../../relation/build.ts'
import { columnAt } from '../../relation/columns.ts'
import { columnsOf, type Relation } from '../../relation/relation.ts'
import type { StagedRows, Staging } from '../staging.ts'

/**
 * How a relation's rows changed. Duplicates count: the old rows are `unchanged` plus `removed`, the
 * new rows are `unchanged` plus `added`. The same row can be among the removed and the added ones.
 */
export interface Delta {
  unchanged(): Promise<Relation>
  removed(): Promise<Relation>
  added(): Promise<Relation>
  /** All old rows, and all new rows. */
  before(): Promise<Relation>
  after(): Promise<Relation>
  /** Set if all rows that agree in some columns are removed and added together. */
  readonly groups: Groups | undefined
  /**
   * Present if each row depends on all rows of an input at once. Says whether that input changes:
   * if so, any row can change.
   */
  readonly isReplaced?: () => Promise<boolean>
  /**
   * The values that removed and added rows have in these columns, and possibly values of other
   * rows. Undefined if the rows would have to be computed for that.
   */
  readonly valuesOf?: (columns: readonly ColumnId[]) => Promise<Relation | undefined>
}

/** The groups of rows that are replaced together. */
export interface Groups {
  readonly columns: readonly ColumnId[]
  /**
   * The values of the groups in which a row may have changed, each combination once. Columns are in
   * the order of `columns`.
   */
  touched(): Promise<StagedRows>
}

/** What an operator needs to derive its delta. */
export interface DeltaContext {
  readonly staging: Staging
  /** The delta of an input. */
  deltaOf(relation: Relation): Delta
  /** Whether the relation reads an upstream that changed. */
  isChanged(relation: Relation): boolean
  /** The relation over the old versions of the upstreams. */
  before(relation: Relation): Relation
}

/** The delta of a relation that reads no changed upstream. */
export function noDelta(relation: Relation): Delta {
  const [all, none] = [async () => relation, async () => emptyAs(relation)]
  return { unchanged: all, removed: none, added: none, before: all, after: all, groups: undefined }
}

/**
 * The values that removed and added rows have in these columns, and possibly values of other rows.
 * The result has the columns' own ids.
 */
export async function touchedValues(delta: Delta, columns: readonly ColumnId[]): Promise<Relation> {
  const { groups } = delta
  if (groups && columns.every((column) => groups.columns.includes(column))) {
    const { relation } = await groups.touched()
    const own = columnsOf(relation)
    return project(
      relation,
      columns.map((id) => ({ id, expression: reference(columnAt(own, groups.columns.indexOf(id))) })),
    )
  }
  const known = await delta.valuesOf?.(columns)
  if (known) return known
  const outputs = passed(columns)
  return unionAll(columns, [project(await delta.removed(), outputs), project(await delta.added(), outputs)])
}
