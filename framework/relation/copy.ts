/** Copies a relation for a second use in one query: the copy gets new column ids. */
import { type ColumnId, type Expression, withColumns } from '../expression/expression.ts'
import {
  type ColumnIds,
  columnsOf,
  type ExpandedValues,
  inputsOf,
  mapInputs,
  type Output,
  type Relation,
} from './relation.ts'

export interface Copy {
  readonly relation: Relation
  /** The copy's column for each column of the relation. */
  readonly columns: ReadonlyMap<ColumnId, ColumnId>
}

/** Copies the relation. The copy and the relation have no column id in common. */
export function copied(ids: ColumnIds, relation: Relation): Copy {
  const fresh = new Map<ColumnId, ColumnId>()
  const addColumnsOf = (part: Relation): void => {
    for (const id of columnsOf(part)) if (!fresh.has(id)) fresh.set(id, ids.next())
    inputsOf(part).forEach(addColumnsOf)
  }
  addColumnsOf(relation)
  return { relation: renumbered(relation, fresh), columns: fresh }
}

function renumbered(relation: Relation, fresh: ReadonlyMap<ColumnId, ColumnId>): Relation {
  const id = (column: ColumnId): ColumnId => fresh.get(column) ?? column
  const expression = (one: Expression): Expression => withColumns(one, fresh)
  const outputs = (all: readonly Output[]) =>
    all.map((one) => ({ id: id(one.id), expression: expression(one.expression) }))
  const copy = mapInputs(relation, (input) => renumbered(input, fresh))
  switch (copy.kind) {
    case 'scan':
      return {
        ...copy,
        columns: copy.columns.map((column) => ({ ...column, id: id(column.id) })),
        keys: copy.keys.map((key) => key.map(id)),
        ranges: new Map([...copy.ranges].map(([column, range]) => [id(column), range])),
      }
    case 'staged':
    case 'empty':
      return { ...copy, columns: copy.columns.map(id) }
    case 'filter':
      return { ...copy, predicate: expression(copy.predicate) }
    case 'project':
      return { ...copy, outputs: outputs(copy.outputs) }
    case 'expand':
      return { ...copy, id: id(copy.id), values: renumberedValues(copy.values, id) }
    case 'join':
      return { ...copy, on: copy.on && expression(copy.on) }
    case 'semi-join':
    case 'anti-join':
      return {
        ...copy,
        on: copy.on.map((match) =>
          match.kind === 'condition'
            ? { kind: 'condition', condition: expression(match.condition) }
            : { ...match, left: id(match.left), right: id(match.right) },
        ),
      }
    case 'aggregate':
      return { ...copy, keys: copy.keys.map(id), functions: outputs(copy.functions) }
    case 'window':
      return { ...copy, partitionBy: copy.partitionBy.map(id), functions: outputs(copy.functions) }
    case 'limit':
      return { ...copy, orderBy: copy.orderBy.map((item) => ({ ...item, expression: expression(item.expression) })) }
    case 'distinct':
      return copy
    case 'union-all':
    case 'set-operation':
      return { ...copy, columns: copy.columns.map(id) }
  }
}

function renumberedValues(values: ExpandedValues, id: (column: ColumnId) => ColumnId): ExpandedValues {
  return values.kind === 'series'
    ? { ...values, from: id(values.from), to: id(values.to) }
    : { ...values, array: id(values.array) }
}
