import type { ColumnId } from '../../expression/expression.ts'
import { distinct, passed, project, same } from '../../relation/build.ts'
import type { Ranges } from '../../relation/range.ts'
import { columnsOf, type NamedColumn, type Relation } from '../../relation/relation.ts'
import { type ColumnMatch, pushDownKeys } from '../pushdown/push-down-keys.ts'
import type { StagedRows, Staging } from '../staging.ts'
import { touchedValues } from './delta.ts'
import { deriveDelta, type Moved } from './derive-delta.ts'

/** A table's query, and what tells its rows apart. */
export interface FollowedTable {
  readonly relation: Relation
  readonly outputs: readonly NamedColumn[]
  /** None where rows are not told apart, or where there is one. */
  readonly primaryKey: readonly string[]
  /** Whether partitions are replaced whole. */
  readonly mode: 'keys' | 'partitions'
  /** None where there is one row. */
  readonly by: readonly string[]
}

/** What of a table has to be replaced, and by what. */
export type Affected = AffectedWhole | AffectedSome

/** Every row of the table is replaced. */
interface AffectedWhole {
  readonly kind: 'table'
  /** The rows that the table has to have. */
  readonly added: Relation
}

interface AffectedSome {
  /**
   * `values`: every row that the query ever gives with values of the set is among those that are replaced and those that are added. `rows`:
   * the set names rows of the table, one by one, and each has to be there.
   */
  readonly kind: 'values' | 'rows'
  readonly set: StagedRows
  /** The rows of the table that agree in these columns with a row of the set are replaced. */
  readonly on: readonly TableMatch[]
  /** What the replaced rows' columns lie between, by the table's names for them. */
  readonly ranges: Ranges
  /** The rows that the table has to have instead. */
  readonly added: Relation
}

export interface TableMatch {
  /** Of the table. */
  readonly column: string
  /** Of the set. */
  readonly among: ColumnId
}

/** Works out what the change of the upstreams affects. Every row of the table that it does not name is as it would be made now. */
export async function affectedRows(staging: Staging, moved: Moved, table: FollowedTable): Promise<Affected> {
  const { relation, outputs, primaryKey, mode, by } = table
  const change = deriveDelta(staging, moved, relation)
  const column = (name: string): ColumnId => outputs.find((output) => output.name === name)?.id ?? ''
  if (change.isWhole) {
    const added = await change.added()
    if (added.kind !== 'empty') return { kind: 'table', added }
  }
  if (mode === 'partitions' || (primaryKey.length === 0 && by.length > 0)) {
    const columns = by.map(column)
    const set = await staging.stage(distinct(await touchedValues(change, columns)))
    const on = same(columns, columnsOf(set.relation)) as readonly ColumnMatch[]
    return { kind: 'values', ...replacing(set, by), added: await pushDownKeys(staging, relation, { set, on }) }
  }
  const { groups } = change
  const named = groups?.columns.map((id) => outputs.find((output) => output.id === id)?.name)
  if (groups && named && !named.includes(undefined)) {
    const columns = named.flatMap((name) => name ?? [])
    return { kind: 'values', ...replacing(await groups.touched(), columns), added: await change.added() }
  }
  // All columns, though the key would do: by the others it is known where the rows are.
  const names = [...primaryKey, ...outputs.map(({ name }) => name).filter((name) => !primaryKey.includes(name))]
  const set = await staging.stage(project(await change.removed(), passed(names.map(column))))
  const { on, ranges } = replacing(set, names)
  const key = primaryKey.length > 0 ? primaryKey.length : names.length
  return { kind: 'rows', set, on: on.slice(0, key), ranges, added: await change.added() }
}

/** `names` are the table's for the set's columns, in their order. */
function replacing(set: StagedRows, names: readonly string[]): Pick<AffectedSome, 'set' | 'on' | 'ranges'> {
  const columns = columnsOf(set.relation)
  const on = names.map((column, place) => ({ column, among: columns[place] ?? '' }))
  const ranges = on.flatMap(({ column, among }) => {
    const range = set.ranges.get(among)
    return range ? [[column, range] as const] : []
  })
  return { set, on, ranges: new Map(ranges) }
}
