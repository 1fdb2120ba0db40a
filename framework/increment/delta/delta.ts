import type { ColumnId } from '../../expression/expression.ts'
import { emptyAs, passed, project, reference, unionAll } from '../../relation/build.ts'
import { columnsOf, type Relation } from '../../relation/relation.ts'
import type { StagedRows, Staging } from '../staging.ts'

/**
 * What became of a relation's rows, duplicates counted: what it was is `unchanged` and `removed`, what it is now is `unchanged` and
 * `added`. A row may be removed and added again.
 */
export interface Change {
  unchanged(): Promise<Relation>
  removed(): Promise<Relation>
  added(): Promise<Relation>
  /** Where rows that agree in some columns are removed and added together: those columns, and the values that are touched. */
  readonly groups: Groups | undefined
  /** Whether either all rows are removed, and all that there are now added, or none. Nothing is then known of single rows. */
  readonly isWhole?: true
}

export interface Groups {
  readonly columns: readonly ColumnId[]
  /** Each combination of values once, the columns in the order of `columns`. */
  touched(): Promise<StagedRows>
}

/** What the change of an operator is derived with. */
export interface DeltaContext {
  readonly staging: Staging
  /** The change of an input. */
  of(relation: Relation): Change
  /** Whether an upstream has moved that the relation reads. */
  moves(relation: Relation): boolean
  /** The relation as it was. */
  before(relation: Relation): Relation
}

export function noDelta(relation: Relation): Change {
  const none = async () => emptyAs(relation)
  return { unchanged: async () => relation, removed: none, added: none, groups: undefined }
}

/** The values of the columns that rows have which are removed or added, and perhaps of others; under the columns' own names. */
export async function touchedValues(change: Change, columns: readonly ColumnId[]): Promise<Relation> {
  const { groups } = change
  const places = groups && columns.map((column) => groups.columns.indexOf(column))
  if (groups && places && !places.includes(-1)) {
    const { relation } = await groups.touched()
    const own = columnsOf(relation)
    return project(
      relation,
      columns.map((id, index) => ({ id, expression: reference(own[places[index] ?? -1] ?? '') })),
    )
  }
  const outputs = passed(columns)
  return unionAll(columns, [project(await change.removed(), outputs), project(await change.added(), outputs)])
}
