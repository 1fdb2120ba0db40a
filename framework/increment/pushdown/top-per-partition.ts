/** Finds the first row of each partition (top-k per group, with k = 1) without reading all rows. */
import { condition } from '../../expression/conditions.ts'
import { type ColumnId, type Expression, referenced } from '../../expression/expression.ts'
import {
  distinct,
  filter,
  nullSafeKeys,
  passed,
  project,
  reference,
  semiJoin,
  unionAll,
  window,
} from '../../relation/build.ts'
import { columnAt } from '../../relation/columns.ts'
import { conjuncts } from '../../relation/conditions.ts'
import type { Range } from '../../relation/range.ts'
import { columnsOf, type Filter, type Relation, type Scan, type Window } from '../../relation/relation.ts'
import { equalsOne } from '../../relation/unique.ts'
import type { Cut, StagedRows, Staging } from '../staging.ts'
import { pushDownKeys } from './push-down-keys.ts'
import { pushDownRanges } from './push-down-ranges.ts'

/** Keeps the first row of each partition of a window, by an order that begins with a column. */
interface TopPerPartition {
  readonly window: Window
  readonly predicate: Expression
  readonly order: { readonly column: ColumnId; readonly direction: 'asc' | 'desc' }
}

/**
 * Reads `where row_number() over (partition by ... order by column ...) = 1`; undefined for any
 * other filter.
 */
export function topPerPartitionOf({ input, predicate }: Filter): TopPerPartition | undefined {
  if (input.kind !== 'window' || input.functions.length !== 1) return undefined
  const [rank] = input.functions
  if (rank?.expression.kind !== 'window' || rank.expression.name !== 'row_number') return undefined
  if (!conjuncts(predicate).some((one) => equalsOne(one, rank.id))) return undefined
  const [item] = rank.expression.orderBy
  const column = item && item.nulls !== 'first' ? referenced(item.expression) : undefined
  if (item === undefined || column === undefined) return undefined
  return { window: input, predicate, order: { column, direction: item.direction } }
}

/**
 * The first row, among `rows`, of each partition that the set names. Splits the rows into pieces by
 * the order and reads the pieces in turn. A partition that has a row in one piece is not looked up
 * in later pieces.
 */
export async function topPerPartition(
  staging: Staging,
  { window: ranked, predicate, order }: TopPerPartition,
  { rows, set }: { readonly rows: Relation; readonly set: StagedRows },
): Promise<Relation> {
  const scanned = scannedColumn(rows, order.column)
  const cuts = scanned ? staging.cuts(scanned.scan, scanned.column, order.direction) : []
  const pieces: Relation[] = []
  let wanted = set
  for (const [index, piece] of piecesOf(cuts).entries()) {
    if (wanted.rows === 0) break
    const on = nullSafeKeys(ranked.partitionBy, columnsOf(wanted.relation))
    const found = await pushDownKeys(staging, inPiece(rows, order, piece), { set: wanted, on })
    if (index === cuts.length) {
      pieces.push(found)
      break
    }
    const staged = await staging.stage(found)
    pieces.push(staged.relation)
    if (staged.rows > 0) {
      wanted = await withoutFound(staging, wanted, { found: staged.relation, rows, partitionBy: ranked.partitionBy })
    }
  }
  return filter(window(unionAll(columnsOf(rows), pieces), ranked.partitionBy, ranked.functions), predicate)
}

/** The scan and its column, if the scan's column is passed on unchanged; undefined otherwise. */
function scannedColumn(
  relation: Relation,
  column: ColumnId,
): { readonly scan: Scan; readonly column: ColumnId } | undefined {
  switch (relation.kind) {
    case 'scan':
      return { scan: relation, column }
    case 'filter':
      return scannedColumn(relation.input, column)
    case 'expand':
      return column === relation.id ? undefined : scannedColumn(relation.input, column)
    case 'semi-join':
    case 'anti-join':
      return scannedColumn(relation.left, column)
    case 'project': {
      const output = relation.outputs.find(({ id }) => id === column)
      const from = output && referenced(output.expression)
      return from === undefined ? undefined : scannedColumn(relation.input, from)
    }
    case 'staged':
    case 'empty':
    case 'join':
    case 'aggregate':
    case 'window':
    case 'distinct':
    case 'union-all':
    case 'set-operation':
    case 'limit':
      return undefined
  }
}

/**
 * The values beyond `from` and up to `to`, which is included. The last piece has no `from`, and
 * holds null too.
 */
interface Piece {
  readonly from: Cut | undefined
  readonly to: Cut | undefined
}

const piecesOf = (cuts: readonly Cut[]): readonly Piece[] =>
  [...cuts, undefined].map((from, index) => ({ from, to: cuts[index - 1] }))

function inPiece(rows: Relation, { column, direction }: TopPerPartition['order'], { from, to }: Piece): Relation {
  const [greater, less] = direction === 'desc' ? [from, to] : [to, from]
  const range: Range = {
    ...(greater && { min: greater.value }),
    ...(less && { max: less.value }),
    // Null comes last in the order, so it is in the last piece.
    nulls: from === undefined,
  }
  const inRange = from || to ? pushDownRanges(rows, new Map([[column, range]])) : rows
  // Partitions that are looked up in the last piece have no row in an earlier one, so it needs no
  // filter.
  if (!from) return inRange
  const [beyond, upTo] = direction === 'desc' ? (['>', '<='] as const) : (['<', '>='] as const)
  const withinEnd = to ? filter(inRange, compared(column, upTo, to)) : inRange
  return filter(withinEnd, compared(column, beyond, from))
}

const compared = (column: ColumnId, operator: '>' | '<=' | '<' | '>=', { literal }: Cut): Expression =>
  condition(operator, [reference(column), literal])

/** The partitions without a row in `found`, which has the columns of `rows` in their order. */
function withoutFound(
  staging: Staging,
  wanted: StagedRows,
  { found, rows, partitionBy }: { readonly found: Relation; readonly rows: Relation } & Pick<Window, 'partitionBy'>,
): Promise<StagedRows> {
  const [all, own] = [columnsOf(rows), columnsOf(found)]
  const columns = partitionBy.map((column) => columnAt(own, all.indexOf(column)))
  const left = wanted.relation
  const right = distinct(project(found, passed(columns)))
  return staging.stage(semiJoin({ kind: 'anti-join', left, right, on: nullSafeKeys(columnsOf(left), columns) }))
}
