/** Defines the entries of the function registry, and checks calls against them. */
import { isRefusal, type RefusalWithRemedy, type Result, refused } from '../refusal.ts'
import { convert, unify } from './convert.ts'
import type { SqlDialect } from './dialect.ts'
import type { DialectName, Expression } from './expression.ts'
import { isLiteral, readAs } from './literal.ts'
import { type TypeKind, typeName, type ValueType } from './value-type.ts'

export interface Parameter {
  readonly name: string
  readonly kinds: readonly TypeKind[]
  /** Optional parameters come last. */
  readonly optional?: true
  /** Set for a last parameter that takes one or more arguments. */
  readonly rest?: true
  /** Set if the argument has to be a constant other than null. */
  readonly constant?: true
  /** Arguments of all parameters with this mark are converted to their common type. */
  readonly common?: true
}

/**
 * When a call can be null: if an argument can be null, never, always, or by a function of the
 * arguments.
 */
export type NullRule = 'argument' | 'never' | 'always' | ((args: readonly Expression[]) => boolean)

/** A call's checked arguments, for functions that read constants, and the dialect. */
export interface CallParts {
  readonly given: readonly Expression[]
  readonly dialect: SqlDialect
}

/**
 * A template in which `$1` is the first argument and `$*` is all of them, or a function that writes
 * the SQL.
 */
export type ScalarSql = string | ((args: readonly string[], types: readonly ValueType[], call: CallParts) => string)

interface FunctionBase {
  /** The name in the query tree, in snake_case. */
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly result: ValueType | ((args: readonly Expression[]) => ResultType)
  readonly nulls: NullRule
  /** Converts accepted arguments before their types are compared. */
  readonly adapt?: (args: readonly Expression[]) => readonly Expression[]
  /** Describes the result and its edge cases, for docs/expressions.md. */
  readonly meaning: string
}

export interface ScalarFunction extends FunctionBase {
  readonly kind: 'scalar' | 'operator'
  readonly sql: ScalarSql | Readonly<Record<DialectName, ScalarSql>>
}

/**
 * The parts of an aggregate's SQL. Each call in it has `distinct` before its arguments and `over`
 * after them.
 */
export interface AggregateParts {
  readonly args: readonly string[]
  readonly types: readonly ValueType[]
  readonly result: ValueType
  /** `DISTINCT ` or empty. */
  readonly distinct: string
  /** `ORDER BY ...` without constants, or empty. */
  readonly orderBy: string
  /** What rows are ordered by, constants included. */
  readonly items: readonly OrderItem[]
  /** FILTER and OVER, or empty. */
  readonly over: string
  /**
   * Columns with the pieces of the first argument, if it is a double that is summed and they have
   * been computed.
   */
  readonly pieces: DoublePieces | undefined
}

/**
 * Columns of an aggregate's input that hold a value and its pieces (see double-sum.ts), so that
 * each is computed once.
 */
export interface DoublePieces {
  readonly value: string
  /** Null for values of 2^66 and more. */
  readonly pieces: readonly string[]
}

export interface OrderItem {
  readonly sql: string
  readonly direction: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
}

export type AggregateSql = (parts: AggregateParts) => string

export interface AggregateFunction extends FunctionBase {
  readonly kind: 'aggregate'
  readonly sql: AggregateSql | Readonly<Record<DialectName, AggregateSql>>
  /** The value of the aggregate over no rows, if it is 0 and not null. */
  readonly ofNoRows?: 'zero'
  /** Set if the aggregate takes an order of rows, and its result depends on that order. */
  readonly ordered?: true
  /** Set if the aggregate cannot be used over a window. */
  readonly groupsOnly?: true
}

export interface WindowFunction extends FunctionBase {
  readonly kind: 'window'
  readonly sql: ScalarSql | Readonly<Record<DialectName, ScalarSql>>
  /**
   * `ties`: rows that tie in the order get different values, so that further columns break ties.
   * `peers`: they get the same value.
   */
  readonly order: 'ties' | 'peers'
}

/** A function that gives several rows for a row. The relation's operator writes its SQL. */
export interface SeriesFunction extends FunctionBase {
  readonly kind: 'series'
}

/** The type of a call's result, or why the call is refused. */
export type ResultType = Result<ValueType, RefusalWithRemedy>

export type LakeFunction = ScalarFunction | AggregateFunction | WindowFunction | SeriesFunction

export interface CheckedCall {
  readonly args: readonly Expression[]
  readonly type: ValueType
  readonly nullable: boolean
}

/**
 * Checks and converts the arguments, and determines the result's type. `describe` names an argument
 * in messages.
 */
export function checkCall(
  called: LakeFunction,
  given: readonly Expression[],
  describe: (expression: Expression) => string,
): Result<CheckedCall, RefusalWithRemedy> {
  const arity = checkArity(called, given.length)
  if (arity) return arity
  const accepted: Expression[] = []
  for (const [index, argument] of given.entries()) {
    const parameter = parameterAt(called, index)
    const taken = parameter && accept(argument, parameter)
    if (!parameter || !taken) return wrongArgument(called, parameter, describe(argument), argument)
    accepted.push(taken)
  }
  const args = unifyMarked(called, called.adapt ? called.adapt(accepted) : accepted)
  if (!args) {
    const types = accepted.map((argument) => `${describe(argument)} is ${typeName(argument.type)}`)
    return refused(`${namedInQueries(called)} takes arguments of one type, but ${types.join(', ')}`, CONVERSIONS)
  }
  const type = typeof called.result === 'function' ? called.result(args) : called.result
  return isRefusal(type) ? type : { args, type, nullable: isNullable(called.nulls, args) }
}

const CONVERSIONS =
  'convert with fn.toInt, fn.toBigint, fn.toDecimal, fn.toDouble, fn.toText, fn.toDate or fn.toTimestamp'

const parameterAt = ({ parameters }: LakeFunction, index: number): Parameter | undefined => {
  const last = parameters.at(-1)
  return parameters[index] ?? (last?.rest ? last : undefined)
}

function checkArity(called: LakeFunction, count: number): RefusalWithRemedy | undefined {
  const least = called.parameters.filter(({ optional }) => !optional).length
  const most = called.parameters.at(-1)?.rest ? Number.POSITIVE_INFINITY : called.parameters.length
  if (count >= least && count <= most) return undefined
  const wanted =
    least === most ? String(least) : most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`
  return refused(`${namedInQueries(called)} takes ${wanted} arguments, not ${count}`, `write ${signatureOf(called)}`)
}

/**
 * The argument as one of the parameter's kinds; undefined if none takes it. A constant keeps its
 * own kind if it can, else it takes the first kind that can hold it.
 */
function accept(argument: Expression, { kinds, constant }: Parameter): Expression | undefined {
  if (!isLiteral(argument)) return !constant && kinds.includes(argument.type.kind) ? argument : undefined
  if (argument.value === null) return constant ? undefined : argument
  if (kinds.includes(argument.type.kind)) return argument
  for (const kind of kinds) {
    if (kind === 'array' || kind === 'struct' || kind === 'map') continue
    const read = readAs(argument.written, kind === 'decimal' ? { kind, precision: 38, scale: 0 } : { kind })
    if (read) return read
  }
  return undefined
}

function unifyMarked(called: LakeFunction, args: readonly Expression[]): readonly Expression[] | undefined {
  const marked = args.filter((_, index) => parameterAt(called, index)?.common)
  const unified = marked.length > 1 ? unify(marked) : marked
  if (!unified) return undefined
  return args.map((argument) => unified[marked.indexOf(argument)] ?? argument)
}

function isNullable(rule: NullRule, args: readonly Expression[]): boolean {
  if (typeof rule === 'function') return rule(args)
  return rule === 'always' || (rule === 'argument' && args.some(({ nullable }) => nullable))
}

function wrongArgument(
  called: LakeFunction,
  parameter: Parameter | undefined,
  described: string,
  { type }: Expression,
): RefusalWithRemedy {
  const kinds = parameter?.kinds.join(' or ') ?? 'nothing'
  const wanted = parameter?.constant ? `a constant of type ${kinds}` : kinds
  return refused(
    `${namedInQueries(called)} takes ${wanted} for its ${parameter?.name ?? 'argument'}, but ${described} is ${typeName(type)}`,
    parameter?.constant ? `give a constant: ${signatureOf(called)}` : CONVERSIONS,
  )
}

/** The name as queries write it: `fn.toInt` for a function, the operator itself for an operator. */
export const namedInQueries = ({ kind, name }: LakeFunction): string =>
  kind === 'operator' ? name : `fn.${camelCase(name)}`

/** The name in TypeScript: `toInt` for `to_int`. */
export const camelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())

/** `fn.substring(text, start, length?)` */
function signatureOf(called: LakeFunction): string {
  const { parameters } = called
  const written = parameters.map((parameter) => {
    const rest = parameter.rest ? '...' : ''
    return `${rest}${parameter.name}${parameter.optional ? '?' : ''}`
  })
  return `${namedInQueries(called)}(${written.join(', ')})`
}

/** A scalar function that is null if an argument is, unless `rest` says otherwise. */
export function scalar(
  name: string,
  parameters: readonly Parameter[],
  rest: Pick<ScalarFunction, 'meaning' | 'sql' | 'result'> & Partial<ScalarFunction>,
): ScalarFunction {
  return { kind: 'scalar', name, parameters, nulls: 'argument', ...rest }
}

/** Converts an argument to a type that can hold it. Throws if it cannot, which is a bug. */
export function converted(expression: Expression, type: ValueType): Expression {
  const result = convert(expression, type)
  if (!result) throw new Error(`${typeName(expression.type)} is not ${typeName(type)}`)
  return result
}

/** Fills a template: `$1` is the first argument, `$*` is all of them with commas between. */
export function filled(template: string, args: readonly string[]): string {
  return template.replace(/\$(\d|\*)/g, (_, which) =>
    which === '*' ? args.join(', ') : (args[Number(which) - 1] ?? ''),
  )
}
