/** Finds the changed columns whose values an increment uses to look up rows. */
import { type ColumnId, referenced } from '../../expression/expression.ts'
import { equalities } from '../../relation/conditions.ts'
import { columnsOf, inputsOf, type Relation } from '../../relation/relation.ts'

/** A column of an upstream's removed and added rows. */
export interface ChangedColumn {
  /** The upstream's name in the query. */
  readonly alias: string
  readonly column: string
}

/**
 * The changed column that has all values of the relation's column, except null. Undefined if no
 * changed column is known to have them. `known` holds the changed columns of staged rows.
 */
export function changedColumnOf(
  relation: Relation,
  column: ColumnId,
  known: ReadonlyMap<ColumnId, ChangedColumn>,
): ChangedColumn | undefined {
  const of = (input: Relation, id: ColumnId | undefined) =>
    id === undefined ? undefined : changedColumnOf(input, id, known)
  switch (relation.kind) {
    case 'scan': {
      const { alias, part, columns } = relation
      const name = columns.find(({ id }) => id === column)?.name
      return name !== undefined && (part === 'removed' || part === 'added') ? { alias, column: name } : undefined
    }
    case 'staged':
      return known.get(column)
    case 'set-operation':
      return undefined
    case 'project': {
      const output = relation.outputs.find(({ id }) => id === column)
      return of(relation.input, output && referenced(output.expression))
    }
    case 'union-all': {
      const index = relation.columns.indexOf(column)
      const inputs = relation.inputs.filter(({ kind }) => kind !== 'empty')
      const [first, ...others] = inputs.map((input) => of(input, columnsOf(input)[index]))
      return others.every((other) => other?.alias === first?.alias && other?.column === first?.column)
        ? first
        : undefined
    }
    case 'join': {
      const { type, left, right, on } = relation
      const equal = type === 'inner' ? equalities(on, new Set(columnsOf(left)), new Set(columnsOf(right))) : []
      // A value that equals another value comes from the same changed column.
      return (
        ofInputs(relation, column, of) ??
        of(right, equal.find((sides) => sides.left === column)?.right) ??
        of(left, equal.find((sides) => sides.right === column)?.left)
      )
    }
    case 'semi-join': {
      const match = relation.on.find((one) => one.kind !== 'condition' && one.left === column)
      return (
        ofInputs(relation, column, of) ?? (match?.kind === 'equality' ? of(relation.right, match.right) : undefined)
      )
    }
    case 'empty':
    case 'filter':
    case 'distinct':
    case 'limit':
    case 'expand':
    case 'window':
    case 'aggregate':
    case 'anti-join':
      return ofInputs(relation, column, of)
  }
}

/**
 * What `of` gives for the first input that has the column. Undefined for a computed column, which
 * no input has.
 */
function ofInputs(
  relation: Relation,
  column: ColumnId,
  of: (input: Relation, id: ColumnId) => ChangedColumn | undefined,
): ChangedColumn | undefined {
  const input = inputsOf(relation).find((one) => columnsOf(one).includes(column))
  return input && of(input, column)
}
