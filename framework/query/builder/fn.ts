/** Creates the functions of `fn`. Each returns a node of the query tree. */
import {
  AggregateFunctionBuilder,
  AggregateFunctionNode,
  type Expression,
  ExpressionWrapper,
  expressionBuilder,
  FunctionNode,
  type OperationNode,
  ValueNode,
} from 'kysely'
import type { ZodType } from 'zod'
import { declaredType } from './column-schema.ts'
import {
  AGGREGATE_FUNCTIONS,
  type ArgumentKind,
  functionName,
  PREFIX,
  RAW_SQL,
  SCALAR_FUNCTIONS,
  SERIES_FUNCTIONS,
  WINDOW_FUNCTIONS,
} from './function-names.ts'
import type { NoScope } from './types/scope.ts'
import type { Functions } from './types/select.ts'
import { wrapBuilder } from './wrapped.ts'

type Call = (...args: readonly unknown[]) => unknown

const kysely = expressionBuilder<Record<string, never>, never>()

/**
 * Functions that Kysely also has. lake gives them Kysely's names, so that a query has the same tree
 * and code version with either function.
 */
const PLAIN: ReadonlySet<string> = new Set([
  'avg',
  'coalesce',
  'count',
  'dense_rank',
  'first_value',
  'lag',
  'last_value',
  'lead',
  'max',
  'min',
  'rank',
  'row_number',
  'sum',
])

const inTree = (name: string) => (PLAIN.has(name) ? name : PREFIX + name)

function toNode(argument: unknown, kind: ArgumentKind): OperationNode {
  if (typeof argument === 'string' && kind === 'column') return kysely.ref(argument as never).toOperationNode()
  if (isExpression(argument)) return argument.toOperationNode()
  return ValueNode.create(argument)
}

const isExpression = (value: unknown): value is Expression<unknown> =>
  typeof value === 'object' && value !== null && 'toOperationNode' in value

/** The arguments as nodes. Omitted optional arguments are dropped. */
const toNodes = (args: readonly unknown[], kinds: readonly ArgumentKind[]): readonly OperationNode[] =>
  args
    .filter((argument) => argument !== undefined)
    .map((argument, index) => toNode(argument, kinds[Math.min(index, kinds.length - 1)] ?? 'column'))

function scalar(name: string, kinds: readonly ArgumentKind[]): Call {
  const func = inTree(name)
  return (...args) => new ExpressionWrapper(FunctionNode.create(func, toNodes(args, kinds)))
}

function aggregate(name: string, kinds: readonly ArgumentKind[]): Call {
  const func = inTree(name)
  return (...args) =>
    wrapBuilder(
      new AggregateFunctionBuilder({
        aggregateFunctionNode: AggregateFunctionNode.create(func, toNodes(args, kinds)),
      }),
    )
}

function named(
  functions: Readonly<Record<string, readonly ArgumentKind[]>>,
  make: (name: string, kinds: readonly ArgumentKind[]) => Call,
): Readonly<Record<string, Call>> {
  return Object.fromEntries(Object.entries(functions).map(([name, kinds]) => [functionName(name), make(name, kinds)]))
}

interface RawSql {
  readonly type: ZodType
  readonly args?: readonly unknown[]
}

/**
 * Writes `lake:sql_for` with the texts, the type's name, whether it can be null, and the arguments.
 */
function sqlFor(texts: Readonly<Record<'duckdb' | 'spark', string>>, { type, args = [] }: RawSql) {
  const declared = declaredType(type)
  if (!declared) throw new TypeError('fn.sqlFor needs a type of the lake: text(), int(), decimal(10, 2), ...')
  const constants = [texts.duckdb, texts.spark, declared.name, declared.nullable]
  const parts = [...constants.map((value) => ValueNode.create(value)), ...toNodes(args, ['column'])]
  return new ExpressionWrapper(FunctionNode.create(RAW_SQL, parts))
}

/** Makes a function that writes a call with names and values in alternation. */
const ofMembers = (name: 'struct' | 'map') => (members: Readonly<Record<string, unknown>>) => {
  const parts = Object.entries(members).flatMap(([key, value]) => [ValueNode.create(key), toNode(value, 'column')])
  return new ExpressionWrapper(FunctionNode.create(`${PREFIX}${name}`, parts))
}

const functions = {
  ...kysely.fn,
  ...named({ ...SCALAR_FUNCTIONS, ...SERIES_FUNCTIONS }, scalar),
  sqlFor,
  struct: ofMembers('struct'),
  map: ofMembers('map'),
  ...named({ ...AGGREGATE_FUNCTIONS, ...WINDOW_FUNCTIONS }, aggregate),
}

/**
 * lake's functions and Kysely's. The object is itself a function, like Kysely's `fn`, so its
 * property `length` has to be redefined.
 */
export const fn = Object.defineProperties(
  (name: string, args: readonly never[]) => kysely.fn(name, args),
  Object.getOwnPropertyDescriptors(functions),
) as unknown as Functions<NoScope>
