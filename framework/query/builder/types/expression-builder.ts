/** Types of the expression builder that callbacks get. */
import type { Needs } from './arguments.ts'
import type { Functions } from './functions.ts'
import type { Bool, Compares, Constant, ConstantType, KindName, NullOf, Numeric, Unified } from './kinds.ts'
import type { Mistake } from './mistakes.ts'
import type {
  Applied,
  Arithmetic,
  CheckedAs,
  CheckedRight,
  ComparisonOperator,
  Different,
  Operand,
  Operator,
  Plain,
  RightSide,
  RightType,
  Tuple,
} from './operators.ts'
import type { Called, ColumnName, Inside, Known, Scope, TypeOf, TypeOfColumn } from './scope.ts'
import type { Rows, SelectFrom } from './select.ts'
import type { Expr } from './typed-expression.ts'

/** A condition, with `and` and `or` to add others. */
export interface Condition<S extends Scope, out Type = Bool | null> extends Expr<Type> {
  and: AddCondition<S>
  or: AddCondition<S>
}

type AddCondition<S extends Scope> = Compare<S, Condition<S>> & ((condition: Expr<Bool | null>) => Condition<S>)

/** A function of the author that builds its result with the expression builder. */
export type Callback<S extends Scope, Result> = (eb: Eb<S>) => Result

/**
 * A comparison. A callback can give either side. Its expression's type is a type parameter of its
 * own, since TypeScript infers callbacks last.
 */
export type Compare<S extends Scope, Result> = <
  const Left extends Operand<S>,
  const Op extends ComparisonOperator,
  const Right extends RightSide,
  Made = never,
  Got = never,
>(
  left: OrCallback<S, Left, Known<S, Left>, Expr<Made>, Made>,
  operator: Op,
  right: OrCallback<
    S,
    Right,
    CheckedRight<S, Either<Left, Made>, Op, Right>,
    CheckedRight<S, Either<Left, Made>, Op, Expr<Got>>,
    Got
  >,
) => Result

/** A condition in one argument: an expression, or a callback that returns one. */
export type OneCondition<S extends Scope, Result> = <const Whole extends ColumnName<S> | Expr<unknown>, Made = never>(
  condition: OrCallback<S, Whole, Alone<Whole>, IsCondition<Made>, Made>,
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
export type OrCallback<S extends Scope, Given, Plain, Result, Made = never> =
  Expr<unknown> extends Given ? Callback<S, Result> | (IsNothing<Made> extends true ? Plain : never) : Plain

/**
 * True if nothing was inferred yet, such as in an editor's completion, which then offers columns
 * too.
 */
type IsNothing<Made> = [Made] extends [never] ? true : Expr<unknown> extends Made ? true : false

/** The left side: the expression of the callback if only the constraint was inferred for `Left`. */
type Either<Left, Made> = Expr<unknown> extends Left ? Expr<Made> : Left

/** The result of `eb(left, operator, right)`. */
type Operation<S extends Scope, Left, Op extends Operator, Right> = Op extends Arithmetic | '||'
  ? Expr<Applied<TypeOf<S, Left>, Op, RightType<Right>, Right>>
  : Condition<S, Applied<TypeOf<S, Left>, Op, RightType<Right>, Right>>

type ValueArgument<S extends Scope> = Constant | null | Expr<unknown> | ((eb: Eb<S>) => Expr<unknown>)

/** A bound of BETWEEN, or a mistake if it does not compare. */
type End<S extends Scope, Argument, Bound> = Bound extends Constant | Expr<unknown>
  ? CheckedAs<Different<Called<Argument>, Plain<TypeOf<S, Argument>>, Plain<RightType<Bound>>>, Bound>
  : never

/** The expression builder of callbacks. */
export interface Eb<S extends Scope> extends SelectFrom<Inside<S>> {
  <const Left extends Operand<S>, const Op extends Operator, const Right extends RightSide>(
    left: Known<S, Left>,
    operator: Op,
    right: CheckedRight<S, Left, Op, Right>,
  ): Operation<S, Left, Op, Right>
  readonly eb: Eb<S>
  readonly fn: Functions<S>
  /**
   * `case().when(condition).then(value).else(value).end()`. Strings in then and else are constants.
   */
  readonly case: {
    (): CaseStart<S, Bool | null>
    <const Of extends Operand<S>>(of: Known<S, Of>): CaseStart<S, TypeOf<S, Of>>
  }
  readonly ref: <const Name extends ColumnName<S> | (string & {})>(name: Known<S, Name>) => Expr<TypeOfColumn<S, Name>>
  readonly val: <const Value extends Constant | null>(value: Value) => Expr<ConstantType<Value>>
  readonly lit: <const Value extends number | boolean | null>(value: Value) => Expr<ConstantType<Value>>
  readonly not: <const Argument extends Operand<S>>(
    condition: Needs<S, Argument, Bool>,
  ) => Condition<S, Bool | NullOf<TypeOf<S, Argument>>>
  readonly neg: <const Argument extends Operand<S>>(number: Needs<S, Argument, Numeric>) => Expr<TypeOf<S, Argument>>
  readonly exists: (query: Rows<unknown>) => Condition<S, Bool>
  readonly and: (conditions: readonly Expr<Bool | null>[]) => Condition<S>
  readonly or: (conditions: readonly Expr<Bool | null>[]) => Condition<S>
  readonly parens: Compare<S, Condition<S>> & (<Type>(expression: Expr<Type>) => Condition<S, Type>)
  readonly between: <
    const Argument extends Operand<S>,
    const Low extends Constant | Expr<unknown>,
    const High extends Constant | Expr<unknown>,
  >(
    argument: Known<S, Argument>,
    low: End<S, Argument, Low>,
    high: End<S, Argument, High>,
  ) => Condition<S, Bool | NullOf<TypeOf<S, Argument>>>
  /** A tuple of columns: `eb(refTuple('a', 'b'), 'in', ...)`. */
  readonly refTuple: <const Names extends readonly (ColumnName<S> | (string & {}))[]>(
    ...names: { readonly [Index in keyof Names]: Known<S, Names[Index]> }
  ) => Expr<Tuple<{ readonly [Index in keyof Names]: TypeOfColumn<S, Names[Index]> }>>
  /** A tuple of values. */
  readonly tuple: <const Values extends readonly ValueArgument<S>[]>(
    ...values: Values
  ) => Expr<Tuple<{ readonly [Index in keyof Values]: RightType<Values[Index]> }>>
}

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
