/**
 * Computes the new rows of an aggregation's changed groups from the rows that the table holds for
 * them, and from their added and removed rows. Groups for which that would not be exact are
 * recomputed from all of their rows.
 */

import { all, condition, equalsOrBothNull, FALSE, isNotNull, TRUE } from '../../expression/conditions.ts'
import { type ColumnId, column, type Expression, referenced } from '../../expression/expression.ts'
import { call } from '../../expression/functions/call.ts'
import { nullOf } from '../../expression/literal.ts'
import { BOOLEAN, isSameType } from '../../expression/value-type.ts'
import {
  aggregate,
  emptyAs,
  extended,
  filter,
  join,
  nullSafeKeys,
  orNoRowsOf,
  passed,
  project,
  reference,
  renamed,
  scan,
  unionAll,
} from '../../relation/build.ts'
import { columnPairs } from '../../relation/columns.ts'
import {
  type Aggregation,
  ColumnIds,
  columnsOf,
  type NamedColumn,
  type Output,
  type Relation,
  type Scan,
} from '../../relation/relation.ts'
import { pushDownKeys } from '../pushdown/push-down-keys.ts'
import type { StagedRows, Staging } from '../staging.ts'
import { NetChanges, type RowsOfSides } from './net-changes.ts'
import { newValue, stillExists, survivesRemoval, ZERO } from './new-values.ts'

/** A table whose rows are the groups of an aggregation, with all that is computed for them. */
interface HeldGroups {
  readonly aggregation: Aggregation
  /** The rows that the table holds. */
  readonly rows: Scan
  /** A column of the aggregation -> the table's column that holds it. */
  readonly columns: ReadonlyMap<ColumnId, NamedColumn>
  /** Makes the query's rows from rows of the aggregation. */
  readonly applyTo: (groups: Relation) => Relation
}

/** Returns undefined if the table does not hold every column of an aggregation as its last step. */
export function heldGroups(relation: Relation, outputs: readonly NamedColumn[], rows: Scan): HeldGroups | undefined {
  const { aggregation, applyTo, sources } = belowProjections(relation)
  if (!aggregation) return undefined
  const columns = new Map<ColumnId, NamedColumn>()
  for (const { id, name, type } of outputs) {
    const source = sources.get(id)
    const held = rows.columns.find((candidate) => candidate.name === name)
    if (source !== undefined && held && isSameType(held.type, type)) columns.set(source, held)
  }
  return columnsOf(aggregation).every((id) => columns.has(id)) ? { aggregation, rows, columns, applyTo } : undefined
}

interface BelowProjections {
  readonly aggregation: Aggregation | undefined
  readonly applyTo: (groups: Relation) => Relation
  /** A column of the relation -> the column of the aggregation that it passes on. */
  readonly sources: ReadonlyMap<ColumnId, ColumnId>
}

function belowProjections(relation: Relation): BelowProjections {
  if (relation.kind === 'aggregate') {
    const sources = new Map(columnsOf(relation).map((id) => [id, id]))
    return { aggregation: relation, applyTo: (groups) => groups, sources }
  }
  if (relation.kind !== 'project') return { aggregation: undefined, applyTo: (groups) => groups, sources: new Map() }
  const below = belowProjections(relation.input)
  const sources = relation.outputs.flatMap(({ id, expression }) => {
    const column = referenced(expression)
    const source = column === undefined ? undefined : below.sources.get(column)
    return source === undefined ? [] : [[id, source] as const]
  })
  const applyTo = (groups: Relation) => project(below.applyTo(groups), relation.outputs)
  return { ...below, applyTo, sources: new Map(sources) }
}

/**
 * The groups whose rows can differ, with their keys as first columns, and the new rows of the
 * query.
 */
interface ChangedGroups {
  readonly touched: StagedRows
  readonly added: Relation
}

/** Returns undefined if an aggregate of the query always needs all rows of a group. */
export async function changedGroups(
  staging: Staging,
  groups: HeldGroups,
  changed: () => Promise<RowsOfSides>,
): Promise<ChangedGroups | undefined> {
  const { aggregation, applyTo } = groups
  const { keys, functions, input } = aggregation
  const net = new NetChanges(staging.ids)
  const derived = newGroup(net, groups, staging.ids)
  if (!derived) return undefined
  const { added, removed } = await changed()
  // An aggregation without keys gives one row, even for no rows.
  if (added.kind === 'empty' && removed.kind === 'empty' && keys.length === 0) return undefined
  const changes = await staging.stage(net.relation(keys, { added, removed }))
  const { isSure, exists } = derived
  const computed = project(extended(await withOldRows(staging, groups, { changes, net, derived }), [isSure, exists]), [
    ...passed(keys),
    ...derived.values,
    ...passed([isSure.id, exists.id]),
  ])
  const touched = await staging.stage(computed)
  const rows = renamed(touched.relation, columnsOf(touched.relation), columnsOf(computed))
  const certain = filter(rows, condition('and', [flag(isSure), flag(exists)]))
  const mark = { id: staging.ids.next(), expression: TRUE }
  const unsure = await staging.stage(project(filter(rows, call('not', flag(isSure))), [...passed(keys), mark]))
  const anew = async () => {
    const on = nullSafeKeys(keys, columnsOf(unsure.relation))
    return aggregate(await pushDownKeys(staging, input, { set: unsure, on }), keys, functions)
  }
  const columns = columnsOf(aggregation)
  const recomputed = unsure.rows === 0 ? emptyAs(aggregation) : await anew()
  return { touched, added: applyTo(unionAll(columns, [project(certain, passed(columns)), recomputed])) }
}

const flag = ({ id }: Output): Expression => column(id, { type: BOOLEAN, nullable: false })

interface Changes {
  /** The added and removed values of each group, in the columns of `net`. */
  readonly changes: StagedRows
  readonly net: NetChanges
  readonly derived: NewGroup
}

/** The changes of each group, with the row that the table has for it, if any. */
async function withOldRows(
  staging: Staging,
  { aggregation: { keys }, rows: held, columns }: HeldGroups,
  { changes, net, derived }: Changes,
): Promise<Relation> {
  const staged = columnsOf(changes.relation)
  const left = renamed(changes.relation, staged, [...keys, ...net.columns])
  const ownKeys = keys.map((key) => heldKey(columns, key))
  const rows = await pushDownKeys(staging, held, { set: changes, on: nullSafeKeys(ownKeys, staged) })
  const right = extended(orNoRowsOf(rows, held), [{ id: derived.isHeld, expression: TRUE }])
  const on = columnPairs(keys, ownKeys).map(([key, own]) => equalsOrBothNull(reference(key), reference(own)))
  return join({ type: 'left', left, right, on: all(on) ?? TRUE })
}

/** The table's column that holds the key of a group. */
function heldKey(columns: HeldGroups['columns'], key: ColumnId): ColumnId {
  const held = columns.get(key)
  if (!held) throw new Error(`no column of the table holds the key ${key}`)
  return held.id
}

interface NewGroup {
  /** Is true for a group that the table has, and null for every other group. */
  readonly isHeld: ColumnId
  readonly values: readonly Output[]
  /** Whether the values are exact. */
  readonly isSure: Output
  /** Whether the group has rows. */
  readonly exists: Output
  readonly survivesRemoval: boolean
}

/** How the columns of a group are computed from its changes and its old row. */
function newGroup(net: NetChanges, { aggregation, columns }: HeldGroups, ids: ColumnIds): NewGroup | undefined {
  const held = aggregation.functions.flatMap(({ id, expression }) => {
    const own = columns.get(id)
    const old = own && column(own.id, { type: own.type, nullable: true })
    return expression.kind === 'aggregate' && old ? [{ id, call: expression, old }] : []
  })
  if (held.length < aggregation.functions.length) return undefined
  const group = { held, hasKeys: aggregation.keys.length > 0 }
  const isHeld = ids.next()
  const wasHeld = isNotNull(column(isHeld, { type: BOOLEAN, nullable: true }))
  const removed = net.over('removed', 'count_rows', [], undefined)
  // A group that the table lacks is new, and has no removed rows.
  const sure: Expression[] = [group.hasKeys ? condition('or', [wasHeld, call('=', removed, ZERO)]) : wasHeld]
  const existence = stillExists(net, group)
  const isSure = { id: ids.next(), type: BOOLEAN }
  const values: Output[] = []
  for (const { id, call: own, old } of held) {
    const found = newValue(net, group, { call: own, old })
    if (!found) return undefined
    sure.push(...found.sure)
    const whereSure = call('iff', column(isSure.id, { type: BOOLEAN, nullable: false }), found.value, nullOf(own.type))
    values.push({ id, expression: whereSure })
  }
  sure.push(...existence.sure)
  return {
    ...{ isHeld, values },
    isSure: { id: isSure.id, expression: call('coalesce', condition('and', sure), FALSE) },
    exists: { id: ids.next(), expression: existence.value },
    survivesRemoval: survivesRemoval(group),
  }
}

/** An aggregation whose groups are computed by difference. */
export interface GroupDifference {
  /** Whether this also works for a group that only loses rows. */
  readonly survivesRemoval: boolean
}

/** Undefined if some column of the groups always needs all of their rows. */
export function groupDifference(
  relation: Relation,
  outputs: readonly NamedColumn[],
  columns: readonly NamedColumn[],
): GroupDifference | undefined {
  const groups = heldGroups(relation, outputs, scan('', columns))
  const ids = new ColumnIds('cost')
  const group = groups && newGroup(new NetChanges(ids), groups, ids)
  return group && { survivesRemoval: group.survivesRemoval }
}
