/** What an entry of the registry says of a function or operator, and how a call of one is checked. */
import { convert, unify } from './convert.ts'
import type { SqlDialect } from './dialect.ts'
import type { DialectName, Expression } from './expression.ts'
import type { DoublePieces } from './functions/aggregate/double-sum.ts'
import { isLiteral, readAs } from './literal.ts'
import { type TypeKind, typeName, type ValueType } from './value-type.ts'

export interface Parameter {
  readonly name: string
  readonly kinds: readonly TypeKind[]
  /** Optional parameters come last. */
  readonly optional?: true
  /** The last parameter, as often as there are arguments, once at the least. */
  readonly rest?: true
  /** Only a constant that is not null will do. */
  readonly constant?: true
  /** All arguments so marked are brought to their common type. */
  readonly common?: true
}

/** When a call may be null: when some argument may be, never, always, or by the arguments. */
export type NullRule = 'argument' | 'never' | 'always' | ((args: readonly Expression[]) => boolean)

/** What a call is besides its arguments' SQL: the checked arguments, for constants that are not written as they are, and the dialect. */
export interface CallParts {
  readonly given: readonly Expression[]
  readonly dialect: SqlDialect
}

/** A template, in which `$1` is the first argument and `$*` are all of them, or a function that writes the SQL. */
export type ScalarSql = string | ((args: readonly string[], types: readonly ValueType[], call: CallParts) => string)

interface Described {
  /** As in the query tree, in snake_case. */
  readonly name: string
  readonly parameters: readonly Parameter[]
  readonly result: ValueType | ((args: readonly Expression[]) => ValueType | Refusal)
  readonly nulls: NullRule
  /** Converts accepted arguments before their types are compared. */
  readonly adapt?: (args: readonly Expression[]) => readonly Expression[]
  /** What it computes, with its edge cases, for docs/expressions.md. */
  readonly meaning: string
}

export interface ScalarFunction extends Described {
  readonly kind: 'scalar' | 'operator'
  readonly sql: ScalarSql | Readonly<Record<DialectName, ScalarSql>>
}

/** What an aggregate's SQL is made of: each call inside it has `distinct` before its arguments and `over` behind. */
export interface AggregateParts {
  readonly args: readonly string[]
  readonly types: readonly ValueType[]
  readonly result: ValueType
  /** `DISTINCT ` or nothing. */
  readonly distinct: string
  /** `ORDER BY ...` or nothing, without constants. */
  readonly orderBy: string
  /** What rows are ordered by, constants included. */
  readonly items: readonly OrderItem[]
  /** FILTER and OVER, or nothing. */
  readonly over: string
  /** Columns with the pieces of the first argument, where it is a double that is added up and they have been computed. */
  readonly pieces: DoublePieces | undefined
}

export interface OrderItem {
  readonly sql: string
  readonly direction: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
}

export type AggregateSql = (parts: AggregateParts) => string

export interface AggregateFunction extends Described {
  readonly kind: 'aggregate'
  readonly sql: AggregateSql | Readonly<Record<DialectName, AggregateSql>>
  /** What the aggregate of no rows is: a count is 0, all else null. */
  readonly ofNoRows?: 'zero'
  /** Whether rows may be given in an order, with which the result changes. */
  readonly ordered?: true
  /** It has no meaning over a window. */
  readonly groupsOnly?: true
}

export interface WindowFunction extends Described {
  readonly kind: 'window'
  readonly sql: ScalarSql | Readonly<Record<DialectName, ScalarSql>>
  /** `ties`: rows that the order does not tell apart get different values. The order is then made total. */
  readonly order: 'ties' | 'peers'
}

export type LakeFunction = ScalarFunction | AggregateFunction | WindowFunction

/** Why an expression cannot be had, and what to write instead. */
export interface Refusal {
  readonly refused: string
  readonly remedy: string
}

export const isRefusal = <Value extends object>(value: Value | Refusal): value is Refusal => 'refused' in value

export interface CheckedCall {
  readonly args: readonly Expression[]
  readonly type: ValueType
  readonly nullable: boolean
}

/** Checks the arguments, converts them, and finds the type of the result. `describe` names an argument in a message. */
export function checkCall(
  called: LakeFunction,
  given: readonly Expression[],
  describe: (expression: Expression) => string,
): CheckedCall | Refusal {
  const arity = refusedArity(called, given.length)
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
    return {
      refused: `${namedInQueries(called)} takes arguments of one type, but ${types.join(', ')}`,
      remedy: CONVERSIONS,
    }
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

function refusedArity(called: LakeFunction, count: number): Refusal | undefined {
  const least = called.parameters.filter(({ optional }) => !optional).length
  const most = called.parameters.at(-1)?.rest ? Number.POSITIVE_INFINITY : called.parameters.length
  if (count >= least && count <= most) return undefined
  const wanted =
    least === most ? String(least) : most === Number.POSITIVE_INFINITY ? `${least} or more` : `${least} to ${most}`
  return {
    refused: `${namedInQueries(called)} takes ${wanted} arguments, not ${count}`,
    remedy: `write ${signatureOf(called)}`,
  }
}

/** A constant is read as the first kind that takes it, its own before the others. */
function accept(argument: Expression, { kinds, constant }: Parameter): Expression | undefined {
  if (!isLiteral(argument)) return !constant && kinds.includes(argument.type.kind) ? argument : undefined
  if (argument.value === null) return constant ? undefined : argument
  if (kinds.includes(argument.type.kind)) return argument
  for (const kind of kinds) {
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
): Refusal {
  const kinds = parameter?.kinds.join(' or ') ?? 'nothing'
  const wanted = parameter?.constant ? `a constant of type ${kinds}` : kinds
  return {
    refused: `${namedInQueries(called)} takes ${wanted} for its ${parameter?.name ?? 'argument'}, but ${described} is ${typeName(type)}`,
    remedy: parameter?.constant ? `give a constant: ${signatureOf(called)}` : CONVERSIONS,
  }
}

/** As queries write it: `fn.toInt`; an operator as it is. */
export const namedInQueries = ({ kind, name }: LakeFunction): string =>
  kind === 'operator' ? name : `fn.${camelCase(name)}`

/** As TypeScript names it: to_int is toInt. */
export const camelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())

/** `fn.substring(text, start, length?)` */
function signatureOf(called: LakeFunction): string {
  const { parameters } = called
  const words = parameters.map((parameter) => {
    const rest = parameter.rest ? '...' : ''
    return `${rest}${parameter.name}${parameter.optional ? '?' : ''}`
  })
  return `${namedInQueries(called)}(${words.join(', ')})`
}

/** An argument as a type that surely takes it. */
export function converted(expression: Expression, type: ValueType): Expression {
  const result = convert(expression, type)
  if (!result) throw new Error(`${typeName(expression.type)} is not ${typeName(type)}`)
  return result
}

/** `$1` is the first argument, `$*` are all of them with commas between. */
export function filled(template: string, args: readonly string[]): string {
  return template.replace(/\$(\d|\*)/g, (_, which) =>
    which === '*' ? args.join(', ') : (args[Number(which) - 1] ?? ''),
  )
}
