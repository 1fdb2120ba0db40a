/** Types of expressions, and of the expression builder that callbacks get. */
import type { OperationNode } from 'kysely'
import type { Needs } from './arguments.ts'
import type { Functions } from './functions.ts'
import type {
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
  Unified,
  Widest,
} from './kinds.ts'
import type { Mistake } from './mistakes.ts'
import type { Called, ColumnName, Inside, Known, Scope, TypeOf, TypeOfColumn } from './scope.ts'
import type { Rows, SelectFrom } from './select.ts'

/** An expression of a type of kinds.ts, with null if its value can be null. */
export interface Expr<out Type> {
  readonly expressionType: Type | undefined
  toOperationNode(): OperationNode
  as<const Alias extends string>(alias: Alias): Aliased<Type, Alias>
  /** The same expression, if you know that it is never null and the types do not. */
  $notNull(): Expr<Exclude<Type, null>>
}

/** An expression with a name: an output. */
export interface Aliased<out Type, out Alias extends string> {
  readonly expression: { readonly expressionType: Type | undefined }
  readonly alias: Alias
  toOperationNode(): OperationNode
}

/** A condition, with `and` and `or` to add others. */
export interface Condition<S extends Scope, out Type = Bool | null> extends Expr<Type> {
  and: AddCondition<S>
  or: AddCondition<S>
}

type AddCondition<S extends Scope> = Compare<S, Condition<S>> & ((condition: Expr<Bool | null>) => Condition<S>)

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

/** A function of the author that builds its result with the expression builder. */
export type Callback<S extends Scope, Result> = (eb: Eb<S>) => Result

/** The left side of a comparison: a column's name or an expression. */
export type Operand<S extends Scope> = ColumnName<S> | (string & {}) | Expr<unknown>

/**
 * The right side: a constant, a list of them, null, an expression or a subquery. A string is a
 * constant.
 */
export type RightSide = Constant | null | readonly (Constant | Expr<unknown>)[] | Expr<unknown>

/** The type of a right side, on which strings are constants. */
type RightType<Right> = Right extends readonly (infer Item)[]
  ? RightType<Item>
  : Right extends Expr<infer Type>
    ? Type
    : Right extends (...given: never[]) => Expr<infer Type>
      ? Type
      : ConstantType<Right>

type Plain<Type> = Exclude<Type, null>

/** The right side, or the mistake in it. */
type CheckedRight<S extends Scope, Left, Op extends Operator, Right> = Right extends RightSide
  ? CheckedAs<Problem<Called<Left>, TypeOf<S, Left>, Op, Right>, Right>
  : never

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
 * The condition. A column's name alone is a mistake; it is in the type so that editors offer it,
 * since most conditions begin with one.
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
 * True if nothing was inferred yet, as in an editor's completion, which then offers columns too.
 */
type IsNothing<Made> = [Made] extends [never] ? true : Expr<unknown> extends Made ? true : false

/** The left side: the expression of the callback if only the constraint was inferred for `Left`. */
type Either<Left, Made> = Expr<unknown> extends Left ? Expr<Made> : Left

/** The type `Right`, or the mistake if there is one. */
type CheckedAs<Wrong, Right> = [Wrong] extends [never] ? Right : Wrong

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
type Different<Name extends string, Left, Right> = [Left] extends [Tuple<readonly unknown[]>]
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
type Applied<Left, Op extends Operator, Right, Written> = Op extends Arithmetic
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

/** The result of `eb(left, operator, right)`. */
type Operation<S extends Scope, Left, Op extends Operator, Right> = Op extends Arithmetic | '||'
  ? Expr<Applied<TypeOf<S, Left>, Op, RightType<Right>, Right>>
  : Condition<S, Applied<TypeOf<S, Left>, Op, RightType<Right>, Right>>

/** A tuple of columns or values, which compares with IN and `=`. */
export interface Tuple<Types extends readonly unknown[]> {
  readonly types: Types
}

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
