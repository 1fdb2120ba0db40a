/**
 * Types of conditions: comparisons, CASE, and callbacks, which give the parts of both.
 *
 * `B` is the expression builder that callbacks get. It is a parameter because its type is made from
 * all other types: it has the functions, and begins subqueries.
 */
import type { Bool, Compares, Constant, KindName, NullOf, Unified } from './kinds.ts'
import type { Mistake } from './mistakes.ts'
import type {
  CheckedAs,
  CheckedRight,
  ComparisonOperator,
  Different,
  Operand,
  Plain,
  RightSide,
  RightType,
} from './operators.ts'
import type { Called, ColumnName, Known, Scope } from './scope.ts'
import type { Expr } from './typed-expression.ts'

/** A function of the author that builds its result with the expression builder. */
export type Callback<B, Result> = (eb: B) => Result

/**
 * A comparison. A callback can give either side. Its expression's type is a type parameter of its
 * own, since TypeScript infers callbacks last.
 */
export type Compare<S extends Scope, B, Result> = <
  const Left extends Operand<S>,
  const Op extends ComparisonOperator,
  const Right extends RightSide,
  Made = never,
  Got = never,
>(
  left: OrCallback<B, Left, Known<S, Left>, Expr<Made>, Made>,
  operator: Op,
  right: OrCallback<
    B,
    Right,
    CheckedRight<S, Either<Left, Made>, Op, Right>,
    CheckedRight<S, Either<Left, Made>, Op, Expr<Got>>,
    Got
  >,
) => Result

/** A condition in one argument: an expression, or a callback that returns one. */
export type OneCondition<S extends Scope, B, Result> = <
  const Whole extends ColumnName<S> | Expr<unknown>,
  Made = never,
>(
  condition: OrCallback<B, Whole, Alone<Whole>, IsCondition<Made>, Made>,
) => Result

/**
 * The condition. A column's name alone is a mistake. It is part of the type so that editors offer
 * it, since most conditions begin with one.
 */
type Alone<Whole> =
  Expr<unknown> extends Whole
    ? Whole
    : Whole extends Expr<infer Type>
      ? [IsCondition<Type>] extends [Expr<unknown>]
        ? Whole
        : IsCondition<Type>
      : Mistake<`${Called<Whole>} needs an operator and a value`>

type IsCondition<Type> = [Type] extends [Bool | null]
  ? Expr<Type>
  : Mistake<`this is ${KindName<Type>}: a condition is needed`>

/**
 * The type of a parameter that is a plain argument or a callback. For a callback, TypeScript infers
 * only the constraint for `Given`. (With a plain union, messages would print both types, and be too
 * long to read.)
 */
export type OrCallback<B, Given, Plain, Result, Made = never> =
  Expr<unknown> extends Given ? Callback<B, Result> | (IsNothing<Made> extends true ? Plain : never) : Plain

/**
 * True if nothing was inferred yet, such as in an editor's completion, which then offers columns
 * too.
 */
type IsNothing<Made> = [Made] extends [never] ? true : Expr<unknown> extends Made ? true : false

/** The left side: the expression of the callback if only the constraint was inferred for `Left`. */
type Either<Left, Made> = Expr<unknown> extends Left ? Expr<Made> : Left

/** CASE before its first WHEN. `Of` is the type that it compares, or Bool if it has conditions. */
export interface CaseStart<S extends Scope, Of> {
  readonly when: When<S, Of, never>
}

interface When<S extends Scope, Of, Types> {
  <const Left extends Operand<S>, const Op extends ComparisonOperator, const Right extends RightSide>(
    left: Known<S, Left>,
    operator: Op,
    right: CheckedRight<S, Left, Op, Right>,
  ): Then<S, Of, Types>
  <const Value extends Constant | Expr<unknown>>(
    value: CheckedAs<Different<'the case', Plain<Of>, Plain<RightType<Value>>>, Value>,
  ): Then<S, Of, Types>
}

interface Then<S extends Scope, Of, Types> {
  then<const Value extends Constant | null | Expr<unknown>>(
    value: Branch<Types, Value>,
  ): CaseWhen<S, Of, Types | RightType<Value>>
}

/** The value, or a mistake if it has no common type with earlier branches. */
type Branch<Types, Value> = Value extends Constant | null | Expr<unknown>
  ? CheckedAs<
      Compares<Plain<Types>, Plain<RightType<Value>>> extends true
        ? never
        : Mistake<`a branch before gives ${KindName<Unified<Types>>}, this one ${KindName<RightType<Value>>}`>,
      Value
    >
  : never

export interface CaseWhen<S extends Scope, Of, Types> {
  readonly when: When<S, Of, Types>
  else<const Value extends Constant | null | Expr<unknown>>(
    value: Branch<Types, Value>,
  ): CaseEnd<Types | RightType<Value>>
  /** null if no condition holds. */
  end(): Expr<Unified<Types> | null>
}

interface CaseEnd<Types> {
  end(): Expr<Unified<Types> | NullOf<Types>>
}
