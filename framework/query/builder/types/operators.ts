/** Types of operators: which sides each takes, and what it returns. */

import type {
  Binary,
  Bool,
  Compares,
  Constant,
  ConstantType,
  DateOnly,
  Decimal,
  Double,
  KindName,
  NullOf,
  Numeric,
  Text,
  TextConstant,
  Timestamp,
  Widest,
} from './kinds.ts'
import type { Mistake } from './mistakes.ts'
import type { Called, ColumnName, Scope, TypeOf } from './scope.ts'
import type { Expr } from './typed-expression.ts'

export type EqualityOperator = '=' | '==' | '!=' | '<>' | '<' | '<=' | '>' | '>='
export type ComparisonOperator =
  | EqualityOperator
  | 'is'
  | 'is not'
  | 'is distinct from'
  | 'is not distinct from'
  | 'in'
  | 'not in'
  | 'like'
  | 'not like'
export type Arithmetic = '+' | '-' | '*' | '/' | '%'
export type Operator = ComparisonOperator | Arithmetic | '||'

/** The left side of a comparison: a column's name or an expression. */
export type Operand<S extends Scope> = ColumnName<S> | (string & {}) | Expr<unknown>

/**
 * The right side: a constant, a list of them, null, an expression or a subquery. A string is a
 * constant.
 */
export type RightSide = Constant | null | readonly (Constant | Expr<unknown>)[] | Expr<unknown>

/** The type of a right side, on which strings are constants. */
export type RightType<Right> = Right extends readonly (infer Item)[]
  ? RightType<Item>
  : Right extends Expr<infer Type>
    ? Type
    : Right extends (...given: never[]) => Expr<infer Type>
      ? Type
      : ConstantType<Right>

export type Plain<Type> = Exclude<Type, null>

/** The right side, or the mistake in it. */
export type CheckedRight<S extends Scope, Left, Op extends Operator, Right> = Right extends RightSide
  ? CheckedAs<Problem<Called<Left>, TypeOf<S, Left>, Op, Right>, Right>
  : never

/** The type `Right`, or the mistake if there is one. */
export type CheckedAs<Wrong, Right> = [Wrong] extends [never] ? Right : Wrong

/** The mistake in the right side; never if there is none. */
type Problem<Name extends string, Left, Op extends Operator, Right> = Op extends 'is' | 'is not'
  ? Right extends null | boolean
    ? never
    : Mistake<`${Op} takes null, true or false: compare with =`>
  : Op extends 'in' | 'not in'
    ? Right extends Constant | null
      ? Mistake<`${Op} takes a list or a subquery`>
      : Different<Name, Plain<Left>, Plain<RightType<Right>>>
    : Right extends readonly unknown[]
      ? Mistake<`${Op} takes one value: a list goes with in`>
      : Op extends 'is distinct from' | 'is not distinct from'
        ? Different<Name, Plain<Left>, Plain<RightType<Right>>>
        : Right extends null
          ? Mistake<`nothing is ${Op} null: use is or is not`>
          : Op extends Arithmetic
            ? NoNumber<Name, Op, Plain<Left>, Plain<RightType<Right>>>
            : Op extends EqualityOperator
              ? Different<Name, Plain<Left>, Plain<RightType<Right>>>
              : NoText<Name, Op, Plain<Left>, Plain<RightType<Right>>>

/** The mistake if the sides do not compare. Tuples are checked when the project loads. */
export type Different<Name extends string, Left, Right> = [Left] extends [Tuple<readonly unknown[]>]
  ? never
  : Compares<Left, Right> extends true
    ? never
    : Mistake<`${Name} is ${KindName<Left>}: it compares with ${Partner<Left>}, not with ${KindName<Right>}`>

/** Describes what a type compares with. */
export type Partner<Type> = [Type] extends [Numeric]
  ? 'a number'
  : [Type] extends [DateOnly]
    ? `a date or a text such as '2018-11-01'`
    : [Type] extends [Timestamp]
      ? `a timestamp, a Date or a text such as '2018-11-01T12:00:00Z'`
      : [Type] extends [Binary]
        ? 'a Uint8Array'
        : KindName<Type>

type NoNumber<Name extends string, Op extends string, Left, Right> = [Left] extends [Numeric]
  ? [Right] extends [Numeric]
    ? never
    : [Left, Right] extends [Decimal, TextConstant]
      ? never
      : Mistake<`${Name} ${Op} needs a number, not ${KindName<Right>}${Hint<Right>}`>
  : Mistake<`${Name} is ${KindName<Left>}: ${Op} needs numbers${TimeHint<Left>}`>

type Hint<Right> = [Right] extends [TextConstant] ? `: ref('...') names a column` : ''

type TimeHint<Left> = [Left] extends [DateOnly | Timestamp] ? ', fn.addTo and fn.difference calculate with time' : ''

type NoText<Name extends string, Op extends string, Left, Right> = [Left] extends [Text]
  ? [Right] extends [Text]
    ? never
    : Mistake<`${Name} ${Op} needs text, not ${KindName<Right>}`>
  : Mistake<`${Name} is ${KindName<Left>}: ${Op} needs text`>

/** The type of `left operator right`. */
export type Applied<Left, Op extends Operator, Right, Written> = Op extends Arithmetic
  ? Calculated<Left, Op, Right, IsDivisor<Written>>
  : Op extends '||'
    ? Text | NullOf<Left | Right>
    : Op extends 'is' | 'is not' | 'is distinct from' | 'is not distinct from'
      ? Bool
      : Bool | NullOf<Left | Right>

/**
 * Double for `/`, else the wider of the two types. `/` and `%` can be null unless the divisor is a
 * constant.
 */
export type Calculated<Left, Op extends Arithmetic, Right, IsDivisor = false> = [Digits<Plain<Left | Right>>] extends [
  Numeric,
]
  ?
      | (Op extends '/' ? Double : Widest<Digits<Plain<Left | Right>>>)
      | NullOf<Left | Right>
      | (Op extends '/' | '%' ? (IsDivisor extends true ? never : null) : never)
  : never

/** Whether it is a constant other than zero, so that a division by it is not null. */
export type IsDivisor<Right> = Right extends number | bigint
  ? number extends Right
    ? false
    : bigint extends Right
      ? false
      : Right extends 0 | 0n
        ? false
        : true
  : false

/** A constant text beside a decimal is a decimal. */
type Digits<Types> = [Extract<Types, Decimal>] extends [never] ? Types : Exclude<Types, TextConstant>

/** A tuple of columns or values, which compares with IN and `=`. */
export interface Tuple<Types extends readonly unknown[]> {
  readonly types: Types
}
