/**
 * Types of aggregates and window functions. `B` is the expression builder that callbacks get: see
 * conditions.ts.
 */
import type { Argument, Needs, NullIn } from './arguments.ts'
import type { Callback, Compare, OneCondition } from './conditions.ts'
import type {
  ArrayOf,
  Bigint,
  Bool,
  Constant,
  ConstantType,
  Decimal,
  Double,
  Integer,
  NullOf,
  Numeric,
  Text,
  Unified,
} from './kinds.ts'
import type { Mistake } from './mistakes.ts'
import type { Operand } from './operators.ts'
import type { OrderDirection } from './rows.ts'
import type { Known, Scope, TypeOf } from './scope.ts'
import type { Expr } from './typed-expression.ts'

/**
 * A value over the rows of a group. `Empty` is null if the value is null once a filter drops all
 * rows. (A query without groupBy has a row even if it reads none. Its type does not include null;
 * the reader checks such outputs when the project loads.)
 */
export interface Aggregate<S extends Scope, B, Type, Empty> extends Expr<Type> {
  /** Counts equal values once. */
  distinct(): Aggregate<S, B, Type, Empty>
  /** Counts only the rows for which the condition holds. */
  filterWhere: Filter<S, B, Type, Empty>
  /** Makes it a window function: the value over the rows of the row's window. */
  over(window?: (over: Over<S, B>) => Over<S, B>): Expr<Type>
}

type Filter<S extends Scope, B, Type, Empty> = Compare<S, B, Aggregate<S, B, Type | Empty, Empty>> &
  OneCondition<S, B, Aggregate<S, B, Type | Empty, Empty>>

/** An aggregate whose value depends on the order of rows. */
export interface OrderedAggregate<S extends Scope, B, Type> extends Aggregate<S, B, Type, null> {
  orderBy<const By extends Operand<S>>(
    by: Known<S, By> | Callback<B, Expr<unknown>>,
    direction?: OrderDirection,
  ): OrderedAggregate<S, B, Type>
}

/** A function that can only be used over a window. */
export interface WindowExpr<S extends Scope, B, Type> {
  over(window?: (over: Over<S, B>) => Over<S, B>): Expr<Type>
  as: Mistake<'a window function needs .over(...) before .as(...)'>
}

/** The rows that a window function looks at. */
export interface Over<S extends Scope, B> {
  partitionBy<const By extends Operand<S>>(
    by: Known<S, By> | Callback<B, Expr<unknown>> | readonly Known<S, By>[],
  ): Over<S, B>
  orderBy<const By extends Operand<S>>(
    by: Known<S, By> | Callback<B, Expr<unknown>>,
    direction?: OrderDirection,
  ): Over<S, B>
  /**
   * The frame from `from` to `to`, in rows from the current row: -2 is two rows before it, 0 the
   * row itself, null is unbounded.
   */
  rows(from: number | null, to: number | null): Over<S, B>
}

type SumOf<Type> =
  | ([Exclude<Type, null>] extends [Integer]
      ? Bigint
      : [Exclude<Type, null>] extends [Decimal]
        ? Decimal
        : [Exclude<Type, null>] extends [Numeric]
          ? Double
          : never)
  | NullOf<Type>

type OfNumber<S extends Scope, B, Gives> = <const Given extends Argument<S>>(
  number: Needs<S, Given, Numeric>,
) => Aggregate<S, B, Gives | NullIn<S, Given>, null>

type OfAny<S extends Scope, B> = <const Given extends Argument<S>>(
  value: Known<S, Given>,
) => Aggregate<S, B, TypeOf<S, Given>, null>

type CountOf<S extends Scope, B> = <const Given extends Argument<S>>(
  value: Known<S, Given>,
) => Aggregate<S, B, Bigint, never>

type ByAnother<S extends Scope, B> = <const Given extends Argument<S>, const By extends Argument<S>>(
  value: Known<S, Given>,
  by: Known<S, By>,
) => Aggregate<S, B, TypeOf<S, Given>, null>

type OfCondition<S extends Scope, B> = <const Given extends Argument<S>>(
  condition: Needs<S, Given, Bool>,
) => Aggregate<S, B, Bool | NullIn<S, Given>, null>

export interface Aggregates<S extends Scope, B> {
  /** The number of rows in which the value is not null. */
  readonly count: CountOf<S, B>
  /** The number of different values. Null is not counted. */
  readonly countDistinct: CountOf<S, B>
  /** The number of rows. */
  readonly countRows: () => Aggregate<S, B, Bigint, never>
  /** The number of rows. */
  readonly countAll: () => Aggregate<S, B, Bigint, never>
  readonly countIf: <const Given extends Argument<S>>(
    condition: Needs<S, Given, Bool>,
  ) => Aggregate<S, B, Bigint, never>
  /** A bigint for integers, a decimal for decimals, else a double. */
  readonly sum: <const Given extends Argument<S>>(
    number: Needs<S, Given, Numeric>,
  ) => Aggregate<S, B, SumOf<TypeOf<S, Given>>, null>
  /** The sum of integers. */
  readonly sumBigint: <const Given extends Argument<S>>(
    number: Needs<S, Given, Integer>,
  ) => Aggregate<S, B, Bigint | NullIn<S, Given>, null>
  readonly avg: OfNumber<S, B, Double>
  readonly min: OfAny<S, B>
  readonly max: OfAny<S, B>
  /** `value` of the row with the smallest `by`; rows whose `by` is null do not count. */
  readonly minBy: ByAnother<S, B>
  /** `value` of the row with the greatest `by`; rows whose `by` is null do not count. */
  readonly maxBy: ByAnother<S, B>
  readonly median: OfNumber<S, B, Double>
  /** The value below which the share `q` of the values lies, 0 to 1. */
  readonly quantile: <const Given extends Argument<S>>(
    number: Needs<S, Given, Numeric>,
    q: number,
  ) => Aggregate<S, B, Double | NullIn<S, Given>, null>
  readonly boolAnd: OfCondition<S, B>
  readonly boolOr: OfCondition<S, B>
  /** The texts that are not null, joined with separators, in the order of `.orderBy(...)`. */
  readonly stringAgg: <const Given extends Argument<S>>(
    text: Needs<S, Given, Text>,
    separator: string,
  ) => OrderedAggregate<S, B, Text | NullIn<S, Given>>
  /** An array of the values that are not null, in the order of `.orderBy(...)`. */
  readonly list: <const Given extends Argument<S>>(
    value: Known<S, Given>,
  ) => OrderedAggregate<S, B, ArrayOf<Exclude<TypeOf<S, Given>, null>> | NullIn<S, Given>>
  /** The standard deviation of a sample; null for a single row. */
  readonly stddev: <const Given extends Argument<S>>(
    number: Needs<S, Given, Numeric>,
  ) => Aggregate<S, B, Double | null, null>
  /** The variance of a sample; null for a single row. */
  readonly variance: <const Given extends Argument<S>>(
    number: Needs<S, Given, Numeric>,
  ) => Aggregate<S, B, Double | null, null>
  readonly stddevPop: OfNumber<S, B, Double>
  readonly variancePop: OfNumber<S, B, Double>
  /** The most frequent value. */
  readonly mode: OfAny<S, B>
}

type Neighbor<S extends Scope, B> = <
  const Given extends Argument<S>,
  const Default extends Constant | Expr<unknown> | null = null,
>(
  value: Known<S, Given>,
  offset?: number,
  otherwise?: Default,
) => WindowExpr<S, B, Unified<TypeOf<S, Given>> | NullOf<TypeOf<S, Given> | DefaultType<Default>>>

type DefaultType<Default> = Default extends Expr<infer Type> ? Type : ConstantType<Default>

export interface Windows<S extends Scope, B> {
  /** 1, 2, 3, ... in the order of the window. */
  readonly rowNumber: () => WindowExpr<S, B, Bigint>
  /** Like rowNumber, but rows that tie have the same number, and gaps follow them. */
  readonly rank: () => WindowExpr<S, B, Bigint>
  /** Like rank, without gaps. */
  readonly denseRank: () => WindowExpr<S, B, Bigint>
  readonly percentRank: () => WindowExpr<S, B, Double>
  readonly cumeDist: () => WindowExpr<S, B, Double>
  /**
   * The number of the row's bucket, from 1. The window is split into `buckets` buckets of about the
   * same size.
   */
  readonly ntile: (buckets: number) => WindowExpr<S, B, Bigint>
  /**
   * The value `offset` rows before, by default 1. If there is no such row, `otherwise`, by default
   * null.
   */
  readonly lag: Neighbor<S, B>
  /** Like lag, but `offset` rows after. */
  readonly lead: Neighbor<S, B>
  readonly firstValue: <const Given extends Argument<S>>(value: Known<S, Given>) => WindowExpr<S, B, TypeOf<S, Given>>
  readonly lastValue: <const Given extends Argument<S>>(value: Known<S, Given>) => WindowExpr<S, B, TypeOf<S, Given>>
  /** The value of the n-th row of the frame, from 1; null if there is none. */
  readonly nthValue: <const Given extends Argument<S>>(
    value: Known<S, Given>,
    n: number,
  ) => WindowExpr<S, B, TypeOf<S, Given> | null>
}
