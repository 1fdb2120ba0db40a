/** Finds out where values come from by which an increment looks up rows. */
import { type ColumnId, referenced } from '../../expression/expression.ts'
import { equalities } from '../../relation/conditions.ts'
import { columnsOf, type Join, type Relation, type SemiJoin } from '../../relation/relation.ts'

/** A column of an upstream's removed and added rows. */
export interface ChangedColumn {
  /** The upstream's name in the query. */
  readonly alias: string
  readonly column: string
}

/**
 * The changed column that has all values of the relation's column, except null. Undefined if none
 * is known to have them. `known` says it for the columns of staged rows.
 */
export function changedColumnOf(
  relation: Relation,
  column: ColumnId,
  known: ReadonlyMap<ColumnId, ChangedColumn>,
): ChangedColumn | undefined {
  const of = (input: Relation, id: ColumnId) => changedColumnOf(input, id, known)
  switch (relation.kind) {
    case 'scan': {
      const { alias, part, columns } = relation
      const name = columns.find(({ id }) => id === column)?.name
      return name !== undefined && (part === 'removed' || part === 'added') ? { alias, column: name } : undefined
    }
    case 'staged':
      return known.get(column)
    case 'empty':
    case 'set-operation':
      return undefined
    case 'filter':
    case 'distinct':
    case 'limit':
      return of(relation.input, column)
    case 'expand':
    case 'window':
      return columnsOf(relation.input).includes(column) ? of(relation.input, column) : undefined
    case 'aggregate':
      return relation.keys.includes(column) ? of(relation.input, column) : undefined
    case 'project': {
      const output = relation.outputs.find(({ id }) => id === column)
      const source = output && referenced(output.expression)
      return source === undefined ? undefined : of(relation.input, source)
    }
    case 'join':
      return ofJoin(relation, column, of)
    case 'semi-join':
      return of(relation.left, column) ?? ofMatches(relation, column, of)
    case 'anti-join':
      return of(relation.left, column)
    case 'union-all': {
      const index = relation.columns.indexOf(column)
      const [first, ...others] = relation.inputs
        .filter(({ kind }) => kind !== 'empty')
        .map((input) => of(input, columnsOf(input)[index] ?? ''))
      const isSame = others.every((other) => other?.alias === first?.alias && other?.column === first?.column)
      return isSame ? first : undefined
    }
  }
}

type ColumnOf = (input: Relation, id: ColumnId) => ChangedColumn | undefined

/** Values that equal those of another column come from where that column's values come from. */
function ofMatches({ right, on }: SemiJoin, column: ColumnId, of: ColumnOf): ChangedColumn | undefined {
  const match = on.find((one) => one.kind !== 'condition' && one.left === column)
  return match && match.kind !== 'condition' ? of(right, match.right) : undefined
}

function ofJoin({ type, left, right, on }: Join, column: ColumnId, of: ColumnOf): ChangedColumn | undefined {
  const [ofLeft, ofRight] = [new Set(columnsOf(left)), new Set(columnsOf(right))]
  const own = of(ofLeft.has(column) ? left : right, column)
  if (own || type === 'left') return own
  const equal = equalities(on, ofLeft, ofRight)
  const same = equal.find((sides) => sides.left === column || sides.right === column)
  if (!same) return undefined
  return same.left === column ? of(right, same.right) : of(left, same.left)
}
