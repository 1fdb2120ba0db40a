/**
 * Computes the first rows of an order from those that the table holds, and from the added and
 * removed rows of the order's input. The other rows of the input are not read.
 */
import { isSameType } from '../../expression/value-type.ts'
import {
  limit,
  nullSafeKeys,
  passed,
  project,
  renamed,
  semiJoin,
  setOperation,
  unionAll,
} from '../../relation/build.ts'
import { columnsOf, type Limit, type NamedColumn, type Relation, type Scan } from '../../relation/relation.ts'
import type { Delta } from '../delta/delta.ts'
import type { Staging } from '../staging.ts'

/** A table whose rows are the first rows of an order, with all of their columns. */
interface HeldFirstRows {
  readonly limit: Limit
  /** The rows that the table holds, with the column ids of the limit. */
  readonly rows: Relation
}

/** Undefined if the table does not hold every column of a LIMIT as its last step. */
export function heldFirstRows(
  relation: Relation,
  outputs: readonly NamedColumn[],
  rows: Scan,
): HeldFirstRows | undefined {
  if (relation.kind !== 'limit' || relation.offset > 0 || relation.count === 0) return undefined
  const columns = columnsOf(relation)
  const held = columns.flatMap((id) => {
    const output = outputs.find((one) => one.id === id)
    const stored = rows.columns.find(({ name }) => name === output?.name)
    return output && stored && isSameType(output.type, stored.type) ? [stored.id] : []
  })
  return held.length === columns.length ? { limit: relation, rows: renamed(rows, held, columns) } : undefined
}

/**
 * The new first rows. `delta` is that of the limit's input. Undefined if nothing changed, or if a
 * row that the table does not hold can be one of the new first rows.
 */
export async function changedFirstRows(
  staging: Staging,
  { limit: own, rows }: HeldFirstRows,
  delta: Delta,
): Promise<Relation | undefined> {
  const columns = columnsOf(own)
  const staying = await stayingRows(staging, rows, delta)
  if (!staying) return undefined
  const candidates = await staging.stage(limit({ ...own, input: unionAll(columns, [staying, await delta.added()]) }))
  const found = renamed(candidates.relation, columnsOf(candidates.relation), columns)
  // Every row that the table does not hold comes after its last row, or equals it.
  const last = (input: Relation): Relation => limit({ ...own, input, offset: own.count - 1, count: 1 })
  const lastOld = await staging.stage(last(rows))
  if (lastOld.rows === 0) return found
  const lastNew = await staging.stage(last(found))
  const ends = [lastNew, lastOld].map(({ relation }) => renamed(relation, columnsOf(relation), columns))
  const first = limit({ ...own, input: unionAll(columns, ends), count: 1 })
  const on = nullSafeKeys(columns, columnsOf(lastNew.relation))
  const isWithin = await staging.stage(semiJoin({ kind: 'semi-join', left: first, right: lastNew.relation, on }))
  return isWithin.rows > 0 ? found : undefined
}

/** The table's rows that the input still has; undefined if the input does not change. */
async function stayingRows(staging: Staging, rows: Relation, delta: Delta): Promise<Relation | undefined> {
  const columns = columnsOf(rows)
  const { groups } = delta
  if (groups?.columns.every((column) => columns.includes(column))) {
    const touched = await groups.touched()
    if (touched.rows === 0) return undefined
    const on = nullSafeKeys(groups.columns, columnsOf(touched.relation))
    return semiJoin({ kind: 'anti-join', left: rows, right: touched.relation, on })
  }
  const removed = await staging.stage(project(await delta.removed(), passed(columns)))
  return setOperation({ operator: 'except all', columns, left: rows, right: removed.relation })
}
