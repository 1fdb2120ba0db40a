/** Finds the types of a relation's columns. */
import { type ColumnId, referenced } from '../expression/expression.ts'
import type { ValueType } from '../expression/value-type.ts'
import { columnsOf, type Output, type Relation } from './relation.ts'

type ColumnTypes = ReadonlyMap<ColumnId, ValueType>

/** The types of the columns, except staged columns, whose types are unknown. */
export function columnTypes(relation: Relation): ColumnTypes {
  switch (relation.kind) {
    case 'scan':
      return new Map(relation.columns.map(({ id, type }) => [id, type]))
    case 'staged':
    case 'empty':
      return new Map()
    case 'filter':
    case 'distinct':
    case 'limit':
      return columnTypes(relation.input)
    case 'semi-join':
    case 'anti-join':
      return columnTypes(relation.left)
    case 'project':
      return outputTypes(relation.outputs, columnTypes(relation.input))
    case 'expand':
      return new Map([...columnTypes(relation.input), [relation.id, relation.type]])
    case 'join':
      return new Map([...columnTypes(relation.left), ...columnTypes(relation.right)])
    case 'aggregate':
    case 'window': {
      const input = columnTypes(relation.input)
      return new Map([...input, ...outputTypes(relation.functions, input)])
    }
    case 'union-all':
      return renamedTypes(relation.columns, relation.inputs)
    case 'set-operation':
      return renamedTypes(relation.columns, [relation.left, relation.right])
  }
}

/**
 * A column that is passed on has the type of the input's column, because its own expression has no
 * type.
 */
function outputTypes(outputs: readonly Output[], input: ColumnTypes): ColumnTypes {
  return new Map(
    outputs.flatMap(({ id, expression }) => {
      const source = referenced(expression)
      const type = source === undefined ? expression.type : input.get(source)
      return type ? [[id, type] as const] : []
    }),
  )
}

function renamedTypes(columns: readonly ColumnId[], inputs: readonly Relation[]): ColumnTypes {
  const types = new Map<ColumnId, ValueType>()
  for (const input of inputs) {
    const own = columnTypes(input)
    for (const [index, id] of columnsOf(input).entries()) {
      const [name, type] = [columns[index], own.get(id)]
      if (name !== undefined && type) types.set(name, type)
    }
  }
  return types
}
