import { distinct, passed, project, same } from './build.ts'
import { changeOf, type Moved, touchedValues } from './changes.ts'
import type { NamedColumn } from './read-relation.ts'
import { type ColumnId, columnsOf, type Relation } from './relation.ts'
import { type ColumnMatch, restricted } from './restrict.ts'
import type { StagedRows, Staging } from './staging.ts'

/** A table's query, and what tells its rows apart. */
export interface FollowedTable {
  readonly relation: Relation
  readonly outputs: readonly NamedColumn[]
  /** None where rows are not told apart. */
  readonly primaryKey: readonly string[]
  /** Whether partitions are replaced whole. */
  readonly mode: 'keys' | 'partitions'
  readonly by: readonly string[]
}

/** What of a table has to be replaced, and by what. */
export interface Affected {
  /** The rows of the table that agree with a row of `set` in these columns, in the order of the set's, are replaced. */
  readonly columns: readonly string[]
  readonly set: StagedRows
  /** The rows that the table has to have instead. */
  readonly added: Relation
  /**
   * `values`: every row that the query ever gives with values of the set is among those that are replaced and those that are added. `rows`:
   * the set names rows of the table, one by one, and each has to be there.
   */
  readonly kind: 'values' | 'rows'
}

/** Works out what the change of the upstreams affects. Every row of the table that it does not name is as it would be made now. */
export async function affectedRows(staging: Staging, moved: Moved, table: FollowedTable): Promise<Affected> {
  const { relation, outputs, primaryKey, mode, by } = table
  const change = changeOf(staging, moved, relation)
  const column = (name: string): ColumnId => outputs.find((output) => output.name === name)?.id ?? ''
  if (mode === 'partitions' || primaryKey.length === 0) {
    const columns = by.map(column)
    const set = await staging.stage(distinct(await touchedValues(change, columns)))
    const on = same(columns, columnsOf(set.relation)) as readonly ColumnMatch[]
    return { kind: 'values', columns: by, set, added: await restricted(staging, relation, { set, on }) }
  }
  const { groups } = change
  const named = groups?.columns.map((id) => outputs.find((output) => output.id === id)?.name)
  if (groups && named && !named.includes(undefined)) {
    const columns = named.flatMap((name) => name ?? [])
    return { kind: 'values', columns, set: await groups.touched(), added: await change.added() }
  }
  const removed = await change.removed()
  const set = await staging.stage(project(removed, passed(primaryKey.map(column))))
  return { kind: 'rows', columns: primaryKey, set, added: await change.added() }
}
