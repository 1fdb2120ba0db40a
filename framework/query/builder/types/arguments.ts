/** Types of functions' arguments, and their checks. */

import type {
  ArrayOf,
  Binary,
  Bool,
  Constant,
  DateOnly,
  Decimal,
  Fraction,
  Integer,
  KindName,
  MapOf,
  NullOf,
  Numeric,
  StructOf,
  Text,
  Timestamp,
  Unified,
} from './kinds.ts'
import type { Mistake } from './mistakes.ts'
import type { Called, ColumnName, Known, Scope, TypeOf } from './scope.ts'
import type { Expr } from './typed-expression.ts'

/**
 * A column's name, an expression, or a constant other than text. (`val('...')` is a constant text.)
 */
export type Argument<S extends Scope> = ColumnName<S> | (string & {}) | Exclude<Constant, string> | Expr<unknown>

/** An argument for which a string is a constant, such as a pattern. */
export type Option = string | Expr<Text | null>

/** A whole number: a constant or an expression. */
export type Count = number | Expr<Integer | null>

/** A unit of dates. */
export type DateUnit = 'year' | 'quarter' | 'month' | 'week' | 'day'

/** A unit of date arithmetic. */
export type Unit = DateUnit | 'hour' | 'minute' | 'second'

export type Time = DateOnly | Timestamp

/** The argument, or a mistake that names the type which is needed. */
export type Needs<S extends Scope, Given, Kind> =
  Known<S, Given> extends Given
    ? [Exclude<TypeOf<S, Given>, null>] extends [Kind]
      ? Given
      : Mistake<`${Called<Given>} is ${KindName<TypeOf<S, Given>>}: ${Description<Kind>} is needed`>
    : Known<S, Given>

type Description<Kind> = [Kind] extends [ArrayOf<unknown>]
  ? [ArrayOf<unknown>] extends [Kind]
    ? 'an array'
    : 'an array of text'
  : [Kind] extends [StructOf<unknown>]
    ? 'a struct'
    : [Kind] extends [MapOf<unknown, unknown>]
      ? 'a map'
      : ScalarDescription<Kind>

type ScalarDescription<Kind> = [Kind] extends [Text]
  ? 'text'
  : [Kind] extends [Binary]
    ? 'binary'
    : [Kind] extends [Text | Binary]
      ? 'text or binary'
      : [Kind] extends [Integer]
        ? 'an integer'
        : [Kind] extends [Numeric]
          ? 'a number'
          : [Kind] extends [Bool]
            ? 'a condition'
            : [Kind] extends [Timestamp]
              ? 'a timestamp'
              : [Kind] extends [Time]
                ? 'a date or timestamp'
                : [Kind] extends [Time | Integer]
                  ? 'a date, a timestamp or an integer'
                  : [Kind] extends [Integer | Decimal | Fraction | Text]
                    ? 'an integer, a decimal or text'
                    : [Kind] extends [Numeric | Text]
                      ? 'a number or text'
                      : 'another type'

/** null if the argument can be null. */
export type NullIn<S extends Scope, Given> = NullOf<TypeOf<S, Given>>

/** The common type of all arguments; never if they have none. */
export type Together<S extends Scope, Given> = Unified<TypeOf<S, Given>>

/** The argument, or a mistake if it has no common type with the others. */
export type Alike<S extends Scope, All, Given> =
  Known<S, Given> extends Given
    ? [Together<S, All>] extends [never]
      ? Mistake<`${Called<Given>} is ${KindName<TypeOf<S, Given>>}: another argument has another type`>
      : Given
    : Known<S, Given>

/** A function from `Takes` to `Gives`; it returns null for null. */
export type Unary<S extends Scope, Takes, Gives> = <const Given extends Argument<S>>(
  argument: Needs<S, Given, Takes>,
) => Expr<Gives | NullIn<S, Given>>

/** A function that returns the type of its argument. */
export type SameKind<S extends Scope, Takes> = <const Given extends Argument<S>>(
  argument: Needs<S, Given, Takes>,
) => Expr<TypeOf<S, Given>>
