/** Finds out which rows of a table an increment replaces, and with which rows. */
import type { ColumnId } from '../../expression/expression.ts'
import { distinct, nullSafeKeys, passed, project } from '../../relation/build.ts'
import { columnAt, idOfName } from '../../relation/columns.ts'
import type { Ranges } from '../../relation/range.ts'
import { columnsOf, type NamedColumn, type Relation, type Scan } from '../../relation/relation.ts'
import { changedFirstRows, heldFirstRows } from '../difference/first-rows.ts'
import { changedGroups, heldGroups } from '../difference/group-difference.ts'
import { pushDownFilters } from '../pushdown/push-down-filters.ts'
import { pushDownKeys } from '../pushdown/push-down-keys.ts'
import type { StagedRows, Staging } from '../staging.ts'
import { type Delta, touchedValues } from './delta.ts'
import { type ChangedInputs, deltasOf } from './derive-delta.ts'

/** An incremental table: its query and its keys. */
interface FollowedTable {
  readonly relation: Relation
  /** The rows that the table holds. */
  readonly held: Scan
  readonly outputs: readonly NamedColumn[]
  /** Empty if the table has no primary key, or always has one row. */
  readonly primaryKey: readonly string[]
  /** Whether all rows of an affected partition are replaced, or only those with an affected key. */
  readonly mode: 'keys' | 'partitions'
  /** The columns of the key, or of the partitions. Empty if the table always has one row. */
  readonly byColumns: readonly string[]
}

/** The rows of a table that are replaced, and the rows that replace them. */
export type Affected = AffectedTable | AffectedRowsOfTable

/** Every row of the table is replaced. */
interface AffectedTable {
  readonly kind: 'table'
  /** The new rows of the table. */
  readonly added: Relation
}

interface AffectedRowsOfTable {
  /**
   * `values`: all rows with these values are replaced, and all rows that the query returns for them
   * are added. `rows`: the set holds single rows of the table, and the table has to have each of
   * them.
   */
  readonly kind: 'values' | 'rows'
  readonly set: StagedRows
  /** A row of the table is replaced if it matches a row of the set in these columns, null-safe. */
  readonly on: readonly TableMatch[]
  /** Ranges that hold all replaced rows, by the table's column names. */
  readonly ranges: Ranges
  /** The rows that replace them. */
  readonly added: Relation
}

interface TableMatch {
  /** A column of the table. */
  readonly column: string
  /** A column of the set. */
  readonly setColumn: ColumnId
}

/**
 * Derives which rows of the table the changed upstreams affect. All other rows are as a rebuild
 * would make them.
 */
export async function affectedRows(staging: Staging, changed: ChangedInputs, asked: FollowedTable): Promise<Affected> {
  const table = { ...asked, relation: pushDownFilters(asked.relation) }
  const { relation, outputs, primaryKey, mode, byColumns } = table
  const deltaOf = deltasOf(staging, changed)
  const groupsByDifference = mode === 'keys' ? await affectedGroups(staging, deltaOf, table) : undefined
  if (groupsByDifference) return groupsByDifference
  const firstRows = heldFirstRows(relation, outputs, table.held)
  const added = firstRows && (await changedFirstRows(staging, firstRows, deltaOf(firstRows.limit.input)))
  if (added) return { kind: 'table', added }
  const delta = deltaOf(relation)
  const column = (name: string): ColumnId => idOfName(outputs, name)
  if (await delta.isReplaced?.()) return { kind: 'table', added: relation }
  if (mode === 'partitions' || (primaryKey.length === 0 && byColumns.length > 0)) {
    const columns = byColumns.map(column)
    const set = await staging.stage(distinct(await touchedValues(delta, columns)))
    const on = nullSafeKeys(columns, columnsOf(set.relation))
    return { kind: 'values', ...replacing(set, byColumns), added: await pushDownKeys(staging, relation, { set, on }) }
  }
  const { groups } = delta
  const named = groups?.columns.map((id) => outputs.find((output) => output.id === id)?.name)
  if (groups && named && !named.includes(undefined)) {
    const columns = named.flatMap((name) => name ?? [])
    return { kind: 'values', ...replacing(await groups.touched(), columns), added: await delta.added() }
  }
  // The key alone is sufficient. The ranges of the other columns let the engine skip data files.
  const names = [...primaryKey, ...outputs.map(({ name }) => name).filter((name) => !primaryKey.includes(name))]
  const set = await staging.stage(project(await delta.removed(), passed(names.map(column))))
  const { on, ranges } = replacing(set, names)
  const key = primaryKey.length > 0 ? primaryKey.length : names.length
  return { kind: 'rows', set, on: on.slice(0, key), ranges, added: await delta.added() }
}

/**
 * Undefined if the table's rows are no groups, or if the groups have to be recomputed from all of
 * their rows.
 */
async function affectedGroups(
  staging: Staging,
  deltaOf: (relation: Relation) => Delta,
  { relation, outputs, held }: FollowedTable,
): Promise<Affected | undefined> {
  const groups = heldGroups(relation, outputs, held)
  if (!groups) return undefined
  const { input, keys } = groups.aggregation
  const delta = deltaOf(input)
  const changed = async () => ({ added: await delta.added(), removed: await delta.removed() })
  const found = await changedGroups(staging, groups, changed)
  if (!found) return undefined
  const { touched, added } = found
  if (keys.length === 0) return { kind: 'table', added }
  const names = keys.flatMap((key) => groups.columns.get(key)?.name ?? [])
  return { kind: 'values', ...replacing(touched, names), added }
}

/** `names` are the table's names for the set's columns, in their order. */
function replacing(set: StagedRows, names: readonly string[]): Pick<AffectedRowsOfTable, 'set' | 'on' | 'ranges'> {
  const columns = columnsOf(set.relation)
  const on = names.map((column, index) => ({ column, setColumn: columnAt(columns, index) }))
  const ranges = on.flatMap(({ column, setColumn }) => {
    const range = set.ranges.get(setColumn)
    return range ? [[column, range] as const] : []
  })
  return { set, on, ranges: new Map(ranges) }
}
