/** Reads operators: comparisons, arithmetic, IN, IS, LIKE, BETWEEN, NOT and EXISTS. */
import {
  AndNode,
  type BinaryOperationNode,
  type OperationNode,
  OperatorNode,
  PrimitiveValueListNode,
  SelectQueryNode,
  TupleNode,
  type UnaryOperationNode,
  ValueListNode,
  ValueNode,
} from 'kysely'
import { comparable } from '../../../expression/convert.ts'
import type { Expression } from '../../../expression/expression.ts'
import { withoutBrackets } from '../../tree-nodes.ts'
import { QueryProblem } from '../query-problem.ts'
import { constant, remedyFor, SQL_FOR } from './constants.ts'
import type { PartReader } from './part-reader.ts'

const COMPARISONS: ReadonlyMap<string, string> = new Map([
  ...['=', '<>', '<', '<=', '>', '>=', 'is distinct from', 'is not distinct from'].map((name) => [name, name] as const),
  ['==', '='],
  ['!=', '<>'],
])

const ARITHMETIC: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '||'])

/** What to write instead of operators that engines read differently. */
const INSTEAD: Readonly<Record<string, string>> = {
  '^': 'write fn.power(x, y)',
  ilike: "compare in lower case: eb(fn.lower('name'), 'like', 'a%')",
  'not ilike': "compare in lower case: eb(fn.lower('name'), 'not like', 'a%')",
  '~': 'write fn.matches(text, pattern)',
  '~*': 'write fn.matches(text, pattern)',
  regexp: 'write fn.matches(text, pattern)',
}

/** Reads operators: comparisons, arithmetic, IN, IS, LIKE, BETWEEN and NOT. */
export function readBinary(
  reader: PartReader,
  { leftOperand, operator, rightOperand }: BinaryOperationNode,
): Expression {
  if (!OperatorNode.is(operator)) throw new QueryProblem('it has an operator in raw SQL', SQL_FOR)
  const name = operator.operator
  const comparison = COMPARISONS.get(name)
  if (comparison !== undefined) return compared(reader, comparison, leftOperand, rightOperand)
  switch (name) {
    case 'in':
      return isIn(reader, leftOperand, rightOperand)
    case 'not in':
      return reader.call('not', [isIn(reader, leftOperand, rightOperand)])
    case 'is':
    case 'is not':
      return isOf(reader, name, leftOperand, rightOperand)
    case 'like':
      return reader.call('like', [reader.read(leftOperand), reader.read(rightOperand)])
    case 'not like':
      return reader.call('not', [reader.call('like', [reader.read(leftOperand), reader.read(rightOperand)])])
    case 'between':
      return between(reader, leftOperand, rightOperand)
  }
  if (ARITHMETIC.has(name)) return reader.call(name, [reader.read(leftOperand), reader.read(rightOperand)])
  throw new QueryProblem(
    `the operator ${name} does not mean the same on every engine`,
    INSTEAD[name] ?? `write it with lake's functions, or ${SQL_FOR}`,
  )
}

export function readUnary(reader: PartReader, { operator, operand }: UnaryOperationNode): Expression {
  const name = OperatorNode.is(operator) ? operator.operator : ''
  switch (name) {
    case 'not':
      return reader.call('not', [reader.read(operand)])
    case '-':
      return reader.call('negate', [reader.read(operand)])
    case 'exists':
      return reader.scope.subquery({ kind: 'exists', query: operand })
    case 'not exists':
      return reader.call('not', [reader.scope.subquery({ kind: 'exists', query: operand })])
  }
  throw new QueryProblem(
    `the operator ${name} does not mean the same on every engine`,
    `write it with lake's functions`,
  )
}

function compared(reader: PartReader, name: string, left: OperationNode, right: OperationNode): Expression {
  if (TupleNode.is(left) || TupleNode.is(right)) return comparedTuples(reader, name, left, right)
  return comparison(reader, name, reader.read(left), reader.read(right))
}

/** Compares two values of types that can be compared. */
export function comparison(reader: PartReader, name: string, left: Expression, right: Expression): Expression {
  const isNull = [left, right].some((side) => side.kind === 'literal' && side.value === null)
  if (isNull && !name.startsWith('is ')) {
    throw new QueryProblem(`it compares with null by ${name}, which is never true`, "write eb(x, 'is', null)")
  }
  return reader.call(name, comparableSides(reader, [left, right]))
}

/** The values, converted to one type. Throws if they have none in common. */
export function comparableSides(reader: PartReader, sides: readonly Expression[]): readonly Expression[] {
  const unified = comparable(sides)
  if (unified) return unified
  const types = sides.map((side) => `${reader.scope.describe(side)} (${side.type.kind})`)
  throw new QueryProblem(`${types.join(' and ')} cannot be compared`, remedyFor(sides))
}

/**
 * Compares tuples column by column. Only `=` is allowed, since engines order tuples with nulls
 * differently.
 */
function comparedTuples(reader: PartReader, name: string, left: OperationNode, right: OperationNode): Expression {
  if (!TupleNode.is(left) || !TupleNode.is(right) || left.values.length !== right.values.length || name !== '=') {
    throw new QueryProblem(`it compares rows by ${name}`, 'compare column by column')
  }
  const others = right.values
  const pairs = left.values.map((value, index) => compared(reader, '=', value, others[index] ?? value))
  return pairs.length === 1 && pairs[0] ? pairs[0] : reader.call('and', pairs)
}

function isIn(reader: PartReader, left: OperationNode, right: OperationNode): Expression {
  const values = TupleNode.is(left) ? left.values : [left]
  const query = withoutBrackets(right)
  if (SelectQueryNode.is(query))
    return reader.scope.subquery({ kind: 'in', query, values: values.map((value) => reader.read(value)) })
  const options = PrimitiveValueListNode.is(right)
    ? right.values.map(constant)
    : ValueListNode.is(right) && !TupleNode.is(left)
      ? right.values.map((value) => reader.read(value))
      : undefined
  if (options === undefined && TupleNode.is(left) && ValueListNode.is(right)) {
    const rows = right.values.map((row) => comparedTuples(reader, '=', left, row))
    return rows.length === 0 ? constant(false) : reader.call('or', rows)
  }
  if (options === undefined)
    throw new QueryProblem('it has IN with neither values nor a query', 'give a list of values')
  return options.length === 0
    ? constant(false)
    : reader.call('in', comparableSides(reader, [reader.read(left), ...options]))
}

function isOf(reader: PartReader, operator: 'is' | 'is not', left: OperationNode, right: OperationNode): Expression {
  const value = ValueNode.is(right) ? right.value : undefined
  const operand = reader.read(left)
  if (value === null) return reader.call(`${operator} null`, [operand])
  if (typeof value !== 'boolean') throw new QueryProblem(`it has ${operator.toUpperCase()} with a value`, "write '='")
  const test = reader.call(`is ${value}`, [operand])
  return operator === 'is' ? test : reader.call('not', [test])
}

function between(reader: PartReader, left: OperationNode, right: OperationNode): Expression {
  if (!AndNode.is(right)) throw new QueryProblem('it has BETWEEN without two bounds', 'give both')
  const value = reader.read(left)
  const bounds = [
    comparison(reader, '>=', value, reader.read(right.left)),
    comparison(reader, '<=', value, reader.read(right.right)),
  ]
  return reader.call('and', bounds)
}
