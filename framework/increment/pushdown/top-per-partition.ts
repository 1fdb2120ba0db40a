/** The first row of each partition, read piece by piece. */

import { condition } from '../../expression/conditions.ts'
import { type ColumnId, type Expression, referenced } from '../../expression/expression.ts'
import { distinct, filter, matching, passed, project, reference, same, unionAll, window } from '../../relation/build.ts'
import { conjuncts } from '../../relation/conditions.ts'
import type { Range } from '../../relation/range.ts'
import { columnsOf, type Filter, type Relation, type Scan, type Window } from '../../relation/relation.ts'
import { isFirst } from '../../relation/unique.ts'
import type { Cut, StagedRows, Staging } from '../staging.ts'
import { type ColumnMatch, pushDownKeys } from './push-down-keys.ts'
import { pushDownRanges } from './push-down-ranges.ts'

/** Of each partition of a window the first row, by an order that begins with a column. */
export interface TopPerPartition {
  readonly window: Window
  readonly predicate: Expression
  readonly order: { readonly column: ColumnId; readonly direction: 'asc' | 'desc' }
}

/** Reads `where row_number() over (partition by ... order by column ...) = 1`; undefined for any other filter. */
export function topPerPartitionOf({ input, predicate }: Filter): TopPerPartition | undefined {
  if (input.kind !== 'window' || input.functions.length !== 1) return undefined
  const [rank] = input.functions
  if (rank?.expression.kind !== 'window' || rank.expression.name !== 'row_number') return undefined
  if (!conjuncts(predicate).some((one) => isFirst(one, rank.id))) return undefined
  const [item] = rank.expression.orderBy
  const column = item && item.nulls !== 'first' ? referenced(item.expression) : undefined
  if (item === undefined || column === undefined) return undefined
  return { window: input, predicate, order: { column, direction: item.direction } }
}

/**
 * The first rows of the partitions that the set names, out of `rows`. Rows are looked at piece by piece, those that come first by the order
 * before the others, and of a partition that has a row in one piece no later piece is read.
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
    const on = same(ranked.partitionBy, columnsOf(wanted.relation)) as readonly ColumnMatch[]
    const some = await pushDownKeys(staging, inPiece(rows, order, piece), { set: wanted, on })
    if (index === cuts.length) {
      pieces.push(some)
      break
    }
    const staged = await staging.stage(some)
    pieces.push(staged.relation)
    if (staged.rows > 0) {
      wanted = await withoutFound(staging, wanted, { found: staged.relation, rows, partitionBy: ranked.partitionBy })
    }
  }
  return filter(window(unionAll(columnsOf(rows), pieces), ranked.partitionBy, ranked.functions), predicate)
}

/** Where the column's values come from, as they are. */
function scannedColumn(
  relation: Relation,
  column: ColumnId,
): { readonly scan: Scan; readonly column: ColumnId } | undefined {
  switch (relation.kind) {
    case 'scan':
      return { scan: relation, column }
    case 'filter':
    case 'matching':
      return scannedColumn(relation.input, column)
    case 'project': {
      const made = relation.outputs.find(({ id }) => id === column)
      const from = made && referenced(made.expression)
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

/** Values between two cuts: those beyond `from`, up to and with `to`. Without `from` the rest, null among it. */
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
    // Null comes last, so that it is in the rest.
    nulls: from === undefined,
  }
  const narrow = from || to ? pushDownRanges(rows, new Map([[column, range]])) : rows
  // Of what is looked for in the rest nothing is in a piece before it.
  if (!from) return narrow
  const [beyond, upTo] = direction === 'desc' ? (['>', '<='] as const) : (['<', '>='] as const)
  const within = to ? filter(narrow, compared(column, upTo, to)) : narrow
  return filter(within, compared(column, beyond, from))
}

const compared = (column: ColumnId, operator: '>' | '<=' | '<' | '>=', { literal }: Cut): Expression =>
  condition(operator, [reference(column), literal])

/** The partitions that are still looked for. `found` has the columns of `rows`, in their order. */
function withoutFound(
  staging: Staging,
  wanted: StagedRows,
  { found, rows, partitionBy }: { readonly found: Relation; readonly rows: Relation } & Pick<Window, 'partitionBy'>,
): Promise<StagedRows> {
  const [all, own] = [columnsOf(rows), columnsOf(found)]
  const columns = partitionBy.map((column) => own[all.indexOf(column)] ?? '')
  const set = distinct(project(found, passed(columns)))
  return staging.stage(
    matching({ keep: 'none', input: wanted.relation, set, on: same(columnsOf(wanted.relation), columns) }),
  )
}
