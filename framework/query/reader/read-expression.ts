/**
 * Reads expressions of the query tree: resolves names, checks each operation, and adds conversions.
 */
import {
  AggregateFunctionNode,
  AndNode,
  BinaryOperationNode,
  CaseNode,
  CastNode,
  DataTypeNode,
  FunctionNode,
  type OperationNode,
  OperatorNode,
  OrderByItemNode,
  OrNode,
  type OverNode,
  ParensNode,
  PrimitiveValueListNode,
  RawNode,
  ReferenceNode,
  SelectAllNode,
  SelectionNode,
  SelectQueryNode,
  TupleNode,
  UnaryOperationNode,
  ValueListNode,
  ValueNode,
} from 'kysely'
import { comparable, unify } from '../../expression/convert.ts'
import {
  type Branch,
  type Expression,
  isSameExpression,
  type SortItem,
  type WindowFrame,
} from '../../expression/expression.ts'
import { type CheckedCall, checkCall, type LakeFunction, namedInQueries } from '../../expression/function.ts'
import { FUNCTIONS } from '../../expression/functions/registry.ts'
import { literalOf, nullOf } from '../../expression/literal.ts'
import { TEXT, typeNamed } from '../../expression/value-type.ts'
import { isRefusal } from '../../refusal.ts'
import { PREFIX, RAW_SQL } from '../builder/function-names.ts'
import { isWord, withoutBrackets } from '../tree-nodes.ts'
import { functionFor } from './function-names.ts'
import { QueryProblem, refuse } from './query-problem.ts'

/** A subquery in an expression. */
export type Subquery =
  | { readonly kind: 'scalar'; readonly query: OperationNode }
  | { readonly kind: 'exists'; readonly query: OperationNode }
  | { readonly kind: 'in'; readonly query: OperationNode; readonly values: readonly Expression[] }

/** The names that an expression can use. */
export interface ExpressionScope {
  column(reference: ReferenceNode): Expression
  /** The value of the subquery. */
  subquery(subquery: Subquery): Expression
  /** Describes an expression in messages. */
  describe(expression: Expression): string
}

export function readExpression(node: OperationNode, scope: ExpressionScope): Expression {
  return new ExpressionReader(scope).read(node)
}

/** Reads an expression, and throws QueryProblem if it is not boolean. */
export function readCondition(node: OperationNode, scope: ExpressionScope): Expression {
  return asCondition(readExpression(node, scope), scope)
}

/** The conditions that a WHERE or ON joins with AND. */
export function conditionsOf(node: OperationNode | undefined): readonly OperationNode[] {
  return node ? chained(node, 'AndNode') : []
}

/** The parts of a chain of ANDs or of ORs, without brackets. */
function chained(node: OperationNode, kind: (AndNode | OrNode)['kind']): readonly OperationNode[] {
  const part = withoutBrackets(node)
  if (part.kind !== kind || !(AndNode.is(part) || OrNode.is(part))) return [part]
  return [...chained(part.left, kind), ...chained(part.right, kind)]
}

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

class ExpressionReader {
  readonly #scope: ExpressionScope

  constructor(scope: ExpressionScope) {
    this.#scope = scope
  }

  read(node: OperationNode): Expression {
    if (ReferenceNode.is(node)) return this.#scope.column(node)
    if (ParensNode.is(node)) return this.read(node.node)
    if (ValueNode.is(node)) return constant(node.value)
    if (BinaryOperationNode.is(node)) return this.#binary(node)
    if (FunctionNode.is(node)) return this.#function(node)
    if (AggregateFunctionNode.is(node)) return this.#aggregate(node)
    if (AndNode.is(node)) return this.#chain('and', node)
    if (OrNode.is(node)) return this.#chain('or', node)
    if (UnaryOperationNode.is(node)) return this.#unary(node)
    if (CaseNode.is(node)) return this.#case(node)
    if (CastNode.is(node)) return this.#cast(node)
    if (SelectQueryNode.is(node)) return this.#scope.subquery({ kind: 'scalar', query: node })
    if (RawNode.is(node)) return raw(node)
    throw new QueryProblem(
      `it has a ${node.kind}, which has no meaning in an expression`,
      'write it with fn or operators (docs/expressions.md)',
    )
  }

  #chain(name: 'and' | 'or', node: AndNode | OrNode): Expression {
    const parts = chained(node, node.kind).map((part) => this.read(part))
    return this.#call(name, parts)
  }

  #call(name: string, args: readonly Expression[]): Expression {
    const called = FUNCTIONS.get(name)
    if (!called) throw new Error(`there is no function ${name}`)
    return { kind: 'call', name: called.name, ...this.#checked(called, args) }
  }

  #checked(called: LakeFunction, given: readonly Expression[]): CheckedCall {
    const checked = checkCall(called, given, (argument) => this.#scope.describe(argument))
    if (isRefusal(checked)) throw refuse(checked)
    return checked
  }

  #binary({ leftOperand, operator, rightOperand }: BinaryOperationNode): Expression {
    if (!OperatorNode.is(operator)) throw new QueryProblem('it has an operator in raw SQL', SQL_FOR)
    const name = operator.operator
    const comparison = COMPARISONS.get(name)
    if (comparison !== undefined) return this.#compared(comparison, leftOperand, rightOperand)
    switch (name) {
      case 'in':
        return this.#in(leftOperand, rightOperand)
      case 'not in':
        return this.#call('not', [this.#in(leftOperand, rightOperand)])
      case 'is':
      case 'is not':
        return this.#is(name, leftOperand, rightOperand)
      case 'like':
        return this.#call('like', [this.read(leftOperand), this.read(rightOperand)])
      case 'not like':
        return this.#call('not', [this.#call('like', [this.read(leftOperand), this.read(rightOperand)])])
      case 'between':
        return this.#between(leftOperand, rightOperand)
    }
    if (ARITHMETIC.has(name)) return this.#call(name, [this.read(leftOperand), this.read(rightOperand)])
    throw new QueryProblem(
      `the operator ${name} does not mean the same on every engine`,
      INSTEAD[name] ?? `write it with lake's functions, or ${SQL_FOR}`,
    )
  }

  #compared(name: string, left: OperationNode, right: OperationNode): Expression {
    if (TupleNode.is(left) || TupleNode.is(right)) return this.#comparedTuples(name, left, right)
    return this.#comparison(name, this.read(left), this.read(right))
  }

  #comparison(name: string, left: Expression, right: Expression): Expression {
    const isNull = [left, right].some((side) => side.kind === 'literal' && side.value === null)
    if (isNull && !name.startsWith('is ')) {
      throw new QueryProblem(`it compares with null by ${name}, which is never true`, "write eb(x, 'is', null)")
    }
    return this.#call(name, this.#comparable([left, right]))
  }

  #comparable(sides: readonly Expression[]): readonly Expression[] {
    const unified = comparable(sides)
    if (unified) return unified
    const types = sides.map((side) => `${this.#scope.describe(side)} (${side.type.kind})`)
    throw new QueryProblem(`${types.join(' and ')} cannot be compared`, remedyFor(sides))
  }

  /**
   * Compares tuples column by column. Only `=` is allowed, since engines order tuples with nulls
   * differently.
   */
  #comparedTuples(name: string, left: OperationNode, right: OperationNode): Expression {
    if (!TupleNode.is(left) || !TupleNode.is(right) || left.values.length !== right.values.length || name !== '=') {
      throw new QueryProblem(`it compares rows by ${name}`, 'compare column by column')
    }
    const others = right.values
    const pairs = left.values.map((value, index) => this.#compared('=', value, others[index] ?? value))
    return pairs.length === 1 && pairs[0] ? pairs[0] : this.#call('and', pairs)
  }

  #in(left: OperationNode, right: OperationNode): Expression {
    const values = TupleNode.is(left) ? left.values : [left]
    const query = withoutBrackets(right)
    if (SelectQueryNode.is(query))
      return this.#scope.subquery({ kind: 'in', query, values: values.map((value) => this.read(value)) })
    const options = PrimitiveValueListNode.is(right)
      ? right.values.map(constant)
      : ValueListNode.is(right) && !TupleNode.is(left)
        ? right.values.map((value) => this.read(value))
        : undefined
    if (options === undefined && TupleNode.is(left) && ValueListNode.is(right)) {
      const rows = right.values.map((row) => this.#comparedTuples('=', left, row))
      return rows.length === 0 ? constant(false) : this.#call('or', rows)
    }
    if (options === undefined)
      throw new QueryProblem('it has IN with neither values nor a query', 'give a list of values')
    return options.length === 0 ? constant(false) : this.#call('in', this.#comparable([this.read(left), ...options]))
  }

  #is(operator: 'is' | 'is not', left: OperationNode, right: OperationNode): Expression {
    const value = ValueNode.is(right) ? right.value : undefined
    const operand = this.read(left)
    if (value === null) return this.#call(`${operator} null`, [operand])
    if (typeof value !== 'boolean') throw new QueryProblem(`it has ${operator.toUpperCase()} with a value`, "write '='")
    const test = this.#call(`is ${value}`, [operand])
    return operator === 'is' ? test : this.#call('not', [test])
  }

  #between(left: OperationNode, right: OperationNode): Expression {
    if (!AndNode.is(right)) throw new QueryProblem('it has BETWEEN without two bounds', 'give both')
    const value = this.read(left)
    const bounds = [
      this.#comparison('>=', value, this.read(right.left)),
      this.#comparison('<=', value, this.read(right.right)),
    ]
    return this.#call('and', bounds)
  }

  #unary({ operator, operand }: UnaryOperationNode): Expression {
    const name = OperatorNode.is(operator) ? operator.operator : ''
    switch (name) {
      case 'not':
        return this.#call('not', [this.read(operand)])
      case '-':
        return this.#call('negate', [this.read(operand)])
      case 'exists':
        return this.#scope.subquery({ kind: 'exists', query: operand })
      case 'not exists':
        return this.#call('not', [this.#scope.subquery({ kind: 'exists', query: operand })])
    }
    throw new QueryProblem(
      `the operator ${name} does not mean the same on every engine`,
      `write it with lake's functions`,
    )
  }

  #case({ value, when = [], else: otherwise }: CaseNode): Expression {
    const compared = value && this.read(value)
    const read = when.map(({ condition, result }): Branch => {
      const test = this.read(condition)
      return {
        when: compared ? this.#comparison('=', compared, test) : asCondition(test, this.#scope),
        result: result ? this.read(result) : nullOf(TEXT),
      }
    })
    const results = [...read.map(({ result }) => result), otherwise ? this.read(otherwise) : nullOf(TEXT)]
    const unified = unify(results)
    if (!unified) {
      const types = results.map((result) => `${this.#scope.describe(result)} (${result.type.kind})`)
      throw new QueryProblem(`the results of a CASE have no common type: ${types.join(', ')}`, remedyFor(results))
    }
    const last = unified.at(-1) ?? nullOf(TEXT)
    return {
      kind: 'case',
      branches: read.map((branch, index) => ({ ...branch, result: unified[index] ?? branch.result })),
      otherwise: last,
      type: last.type,
      nullable: unified.some(({ nullable }) => nullable),
    }
  }

  #cast({ expression, dataType }: CastNode): Expression {
    const written = DataTypeNode.is(dataType)
      ? dataType.dataType
      : RawNode.is(dataType)
        ? dataType.sqlFragments.join()
        : ''
    const [, name = '', precision, scale] = /^([a-z0-9 ]+?)(?:\((\d+)(?:,\s*(\d+))?\))?$/i.exec(String(written)) ?? []
    const conversion = CONVERSION_OF.get(name.toLowerCase())
    if (conversion === undefined) {
      throw new QueryProblem(`a cast to ${String(written)} does not mean the same on every engine`, CONVERSIONS)
    }
    const digits = conversion === 'to_decimal' ? [constant(Number(precision ?? 18)), constant(Number(scale ?? 0))] : []
    return this.#call(conversion, [this.read(expression), ...digits])
  }

  #function(node: FunctionNode): Expression {
    const { func } = node
    if (func === RAW_SQL) return this.#rawSql(node.arguments)
    if (func === `${PREFIX}frame`) return this.#framed(node.arguments)
    const called = functionFor(func)
    switch (called.kind) {
      case 'scalar':
      case 'operator':
        return this.#scalar(called, node.arguments)
      case 'aggregate':
        return this.#aggregate(AggregateFunctionNode.create(func, node.arguments))
      case 'series':
        throw new QueryProblem(
          `${namedInQueries(called)} gives rows, and no value for an expression`,
          `make it an output of its own, ${namedInQueries(called)}(...).as('name'), and compute with it in the query around that one`,
        )
      case 'window':
        throw new QueryProblem(
          `${namedInQueries(called)} needs a window`,
          `write .over(...) after ${namedInQueries(called)}(...)`,
        )
    }
  }

  #scalar(called: LakeFunction, args: readonly OperationNode[]): Expression {
    const read = args.map((argument) => this.read(argument))
    const given = COMPARED.has(called.name) ? this.#comparable(read) : read
    return { kind: 'call', name: called.name, ...this.#checked(called, given) }
  }

  #aggregate(node: AggregateFunctionNode, frame?: WindowFrame): Expression {
    const isStar = node.aggregated.some(isAll)
    if (isStar && node.distinct)
      throw new QueryProblem('it counts distinct rows', 'count the rows of a .distinct() subquery')
    const called = functionFor(isStar && /(^|:)count$/.test(node.func) ? `${PREFIX}count_rows` : node.func)
    const args = isStar ? [] : node.aggregated.map((argument) => this.read(argument))
    const checked = this.#checked(called, args)
    const filter = node.filter && readCondition(node.filter.where, this.#scope)
    const { name } = called
    if (node.over && ((called.kind === 'aggregate' && called.groupsOnly) || node.distinct)) {
      const subject = node.distinct ? `${namedInQueries(called)} of distinct values` : namedInQueries(called)
      throw new QueryProblem(
        `${subject} is not supported over a window`,
        'group by what the window partitions by, and join',
      )
    }
    if (node.over) return { kind: 'window', name, filter, frame, ...checked, ...this.#window(called, node.over) }
    switch (called.kind) {
      case 'scalar':
      case 'operator':
      case 'series':
        return { kind: 'call', name, ...checked }
      case 'window':
        throw new QueryProblem(`${name} needs a window`, `write .over(...) after fn.${name}`)
      case 'aggregate':
        break
    }
    const distinct = node.distinct === true || name === 'count_distinct'
    const isDoubleSum = (name === 'sum' || name === 'avg') && args[0]?.type.kind === 'double'
    if (distinct && isDoubleSum) {
      throw new QueryProblem(
        `${name} of distinct doubles is not supported`,
        'select the distinct values in a subquery first',
      )
    }
    const orderBy = (node.orderBy?.items ?? []).map((item) => this.sortItem(item))
    const [joined] = args
    if (distinct && orderBy.some(({ expression }) => !joined || !isSameExpression(expression, joined))) {
      throw new QueryProblem(
        `${name} of distinct values is ordered by something else`,
        'order it by the values themselves',
      )
    }
    return {
      kind: 'aggregate',
      name: name === 'count_distinct' ? 'count' : name,
      distinct,
      filter,
      orderBy,
      ...checked,
    }
  }

  #window(called: LakeFunction, over: OverNode) {
    if (called.kind !== 'aggregate' && called.kind !== 'window') {
      throw new QueryProblem(`${namedInQueries(called)} has no meaning over a window`, 'drop .over(...)')
    }
    return {
      partitionBy: (over.partitionBy?.items ?? []).map((item) => this.read(item.partitionBy)),
      orderBy: (over.orderBy?.items ?? []).map((item) => this.sortItem(item)),
    }
  }

  #framed([call, unit, from, to]: readonly OperationNode[]): Expression {
    if (!call || !AggregateFunctionNode.is(call) || !call.over || constantOf(unit) !== 'rows') {
      throw new QueryProblem('it has a frame without a window', 'write .over(...) inside of it')
    }
    return this.#aggregate(call, { from: bound(constantOf(from)), to: bound(constantOf(to)) })
  }

  #rawSql([duckdb, spark, type, nullable, ...args]: readonly OperationNode[]): Expression {
    const named = typeNamed(String(constantOf(type)))
    if (!named)
      throw new QueryProblem(`fn.sqlFor names the type ${String(constantOf(type))}`, 'give one of lake’s types')
    return {
      kind: 'raw',
      texts: { duckdb: String(constantOf(duckdb)), spark: String(constantOf(spark)) },
      args: args.map((argument) => this.read(argument)),
      type: named,
      nullable: constantOf(nullable) !== false,
    }
  }

  sortItem(node: OperationNode): SortItem {
    if (!OrderByItemNode.is(node)) throw new QueryProblem(`it orders by a ${node.kind}`, 'order by columns')
    const { orderBy, direction, nulls } = node
    const descending = direction !== undefined && isWord(direction, ['desc'])
    return { expression: this.read(orderBy), direction: descending ? 'desc' : 'asc', nulls: nulls ?? 'last' }
  }
}

export const readSortItem = (node: OperationNode, scope: ExpressionScope): SortItem =>
  new ExpressionReader(scope).sortItem(node)

/** Functions that compare their arguments with each other. */
const COMPARED: ReadonlySet<string> = new Set(['null_if'])

const SQL_FOR = 'write fn.sqlFor({ duckdb, spark }, ...), a text for each engine'
const CONVERSIONS = 'write fn.toInt, fn.toBigint, fn.toDecimal, fn.toDouble, fn.toText, fn.toDate or fn.toTimestamp'

/** The conversion for each SQL type of a cast. */
const CONVERSION_OF: ReadonlyMap<string, string> = new Map([
  ...['integer', 'int', 'int4'].map((name) => [name, 'to_int'] as const),
  ...['bigint', 'int8'].map((name) => [name, 'to_bigint'] as const),
  ...['double precision', 'double', 'float8'].map((name) => [name, 'to_double'] as const),
  ...['text', 'varchar', 'string'].map((name) => [name, 'to_text'] as const),
  ...['numeric', 'decimal'].map((name) => [name, 'to_decimal'] as const),
  ...['timestamp', 'timestamptz'].map((name) => [name, 'to_timestamp'] as const),
  ['date', 'to_date'],
])

function constant(value: unknown): Expression {
  const read = literalOf(value)
  if (!read)
    throw new QueryProblem(
      `a query cannot hold the value ${String(value)}`,
      'give text, a number, a bigint, a boolean or a Date',
    )
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new QueryProblem(`a query cannot hold the number ${value}`, "write fn.toDouble('nan') or fn.toDouble('inf')")
  }
  return read
}

const constantOf = (node: OperationNode | undefined): unknown => (node && ValueNode.is(node) ? node.value : undefined)

const bound = (value: unknown): number | null => (typeof value === 'number' ? value : null)

function asCondition(test: Expression, scope: ExpressionScope): Expression {
  if (test.type.kind === 'boolean') return test
  throw new QueryProblem(
    `${scope.describe(test)} is ${test.type.kind} where a condition is needed`,
    'compare it with something',
  )
}

const isAll = (node: OperationNode): boolean =>
  SelectAllNode.is(node) ||
  (SelectionNode.is(node) && isAll(node.selection)) ||
  (ReferenceNode.is(node) && SelectAllNode.is(node.column))

function raw(node: RawNode): never {
  const text = node.sqlFragments.join('?').trim()
  throw new QueryProblem(`it has raw SQL, ${JSON.stringify(text.slice(0, 60))}`, SQL_FOR)
}

/** The remedy for types that do not match. */
function remedyFor(sides: readonly Expression[]): string {
  const kinds = new Set(sides.filter((side) => side.kind !== 'literal').map(({ type }) => type.kind))
  if (kinds.has('date')) return "write a date as 'yyyy-mm-dd', or fn.toDate(x)"
  if (kinds.has('timestamp')) return "write a moment as a Date or '2018-11-01T00:00:00Z'"
  if (kinds.has('decimal')) return 'write a number, or its digits; fn.toDecimal(x, precision, scale) reads text'
  if (kinds.has('text')) return 'write text, or fn.toText(x)'
  return CONVERSIONS
}
