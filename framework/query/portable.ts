import { type Expression, ExpressionWrapper, FunctionNode, type OperationNode, ValueNode } from 'kysely'

/** null where the argument's type allows null: a portable function of null is null. */
type NullOf<T> = T extends null ? null : never

type Portable<T> = ExpressionWrapper<never, never, T>

/** What a portable function is called in the query tree; each dialect has one implementation of each. */
export const PORTABLE_NAMES = [
  'concat',
  'md5',
  'timestamp_millis',
  'year',
  'month',
  'day',
  'hour',
  'iso_week',
  'iso_weekday',
  'to_text',
  'to_int',
  'to_bigint',
  'to_double',
  'int_divide',
  'null_if',
  'lower_ascii',
  'trim_spaces',
  'min_by',
  'max_by',
  'count_rows',
  'sum_bigint',
] as const

export type PortableName = (typeof PORTABLE_NAMES)[number]

/** Portable functions stand in the tree as `lake:NAME`, which no SQL function can be called. */
export const PORTABLE_PREFIX = 'lake:'

function call<T>(name: PortableName, ...args: readonly (Expression<unknown> | string | number)[]): Portable<T> {
  return new ExpressionWrapper(FunctionNode.create(PORTABLE_PREFIX + name, args.map(toNode)))
}

function toNode(argument: Expression<unknown> | string | number): OperationNode {
  return typeof argument === 'object' ? argument.toOperationNode() : ValueNode.create(argument)
}

/**
 * The functions in which engines differ, one implementation a dialect. Each gives the same value on every engine for every
 * argument of its type; of null it gives null, unless it says otherwise.
 */
export const portable = {
  /** The parts one after another; null as soon as one of them is null. */
  concat: <T extends string | null>(...parts: readonly (Expression<T> | string)[]): Portable<string | NullOf<T>> =>
    call('concat', ...parts),

  /** MD5 of the text's UTF-8 bytes, 32 lower-case hexadecimal digits. */
  md5: <T extends string | null>(text: Expression<T>): Portable<string | NullOf<T>> => call('md5', text),

  /** The moment so many milliseconds after 1970-01-01T00:00:00Z. */
  timestampMillis: <T extends number | bigint | null>(millis: Expression<T>): Portable<Date | NullOf<T>> =>
    call('timestamp_millis', millis),

  /** The year in UTC. */
  year: <T extends Date | null>(at: Expression<T>): Portable<number | NullOf<T>> => call('year', at),
  /** The month in UTC, 1 to 12. */
  month: <T extends Date | null>(at: Expression<T>): Portable<number | NullOf<T>> => call('month', at),
  /** The day of the month in UTC, 1 to 31. */
  day: <T extends Date | null>(at: Expression<T>): Portable<number | NullOf<T>> => call('day', at),
  /** The hour in UTC, 0 to 23. */
  hour: <T extends Date | null>(at: Expression<T>): Portable<number | NullOf<T>> => call('hour', at),
  /** The ISO 8601 week in UTC, 1 to 53. */
  isoWeek: <T extends Date | null>(at: Expression<T>): Portable<number | NullOf<T>> => call('iso_week', at),
  /** The ISO 8601 day of the week in UTC, Monday 1 to Sunday 7. */
  isoWeekday: <T extends Date | null>(at: Expression<T>): Portable<number | NullOf<T>> => call('iso_weekday', at),

  /** An integer in decimal digits. (Doubles have no portable text.) */
  toText: <T extends number | bigint | null>(integer: Expression<T>): Portable<string | NullOf<T>> =>
    call('to_text', integer),
  /** An integer as int; the query fails where it does not fit. */
  toInt: <T extends number | bigint | null>(integer: Expression<T>): Portable<number | NullOf<T>> =>
    call('to_int', integer),
  /** An integer as bigint. */
  toBigint: <T extends number | bigint | null>(integer: Expression<T>): Portable<bigint | NullOf<T>> =>
    call('to_bigint', integer),
  /** A number as double. */
  toDouble: <T extends number | bigint | string | null>(value: Expression<T>): Portable<number | NullOf<T>> =>
    call('to_double', value),
  /** The quotient of two bigints, cut towards zero; null where the divisor is zero. */
  intDivide: (dividend: Expression<bigint>, divisor: Expression<bigint>): Portable<bigint | null> =>
    call('int_divide', dividend, divisor),

  /** The value, or null where it equals `other`. */
  nullIf: <T>(value: Expression<T>, other: string | number): Portable<T | null> => call('null_if', value, other),
  /** A to Z in lower case, all else as it is. (Engines differ in the case of other letters.) */
  lowerAscii: <T extends string | null>(text: Expression<T>): Portable<string | NullOf<T>> => call('lower_ascii', text),
  /** Without the spaces (U+0020) at both ends. */
  trimSpaces: <T extends string | null>(text: Expression<T>): Portable<string | NullOf<T>> => call('trim_spaces', text),

  /** Aggregate: `value` of the row with the smallest `by`, null included; rows whose `by` is null do not count. */
  minBy: <T>(value: Expression<T>, by: Expression<unknown>): Portable<T> => call('min_by', value, by),
  /** Aggregate: `value` of the row with the greatest `by`, null included; rows whose `by` is null do not count. */
  maxBy: <T>(value: Expression<T>, by: Expression<unknown>): Portable<T> => call('max_by', value, by),
  /** Aggregate: the number of rows. */
  countRows: (): Portable<bigint> => call('count_rows'),
  /** Aggregate: the sum of integers, as bigint; null of no rows. */
  sumBigint: (value: Expression<number | bigint | null>): Portable<bigint | null> => call('sum_bigint', value),
} as const

export type PortableFunctions = typeof portable
