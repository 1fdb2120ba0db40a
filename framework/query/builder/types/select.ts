/**
 * Types of queries, and of the expression builder, which their callbacks get and which begins
 * subqueries.
 */
import type { Needs } from './arguments.ts'
import type { Callback, CaseStart, Compare, OneCondition, OrCallback } from './conditions.ts'
import type { FunctionsWith } from './functions.ts'
import type { Bool, Constant, ConstantType, NullOf, Numeric } from './kinds.ts'
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
import type {
  AfterJoin,
  AliasedRows,
  AllColumns,
  Clashing,
  From,
  FromTable,
  Joined,
  Joins,
  KnownSelection,
  OrderDirection,
  Outputs,
  Query,
  Rows,
  Selection,
  Sortable,
  SortName,
  United,
} from './rows.ts'
import type { Called, ColumnName, Flat, In, Inside, Known, Scope, TypeOf, TypeOfColumn } from './scope.ts'
import type { Expr } from './typed-expression.ts'

/** A table's name, a name with an alias, or a subquery with one. */
export type TableArgument<S extends Scope> =
  | (keyof S['tables'] & string)
  | `${keyof S['tables'] & string} as ${string}`
  | (string & {})
  | AliasedRows<object, string>
  | ((eb: Eb<Inside<S>>) => AliasedRows<object, string>)

/**
 * Begins a query: `selectFrom('plays')`, `selectFrom('plays as p')`,
 * `selectFrom(subquery.as('p'))`, or a list of these.
 */
export interface SelectFrom<S extends Scope> {
  selectFrom<const Table extends TableArgument<S>>(from: OneOrMore<FromTable<S, Table>>): Select<object, From<S, Table>>
}

/**
 * The start of a query over the tables of `All`. Methods take the tables from `this`, so that a
 * function which needs some tables accepts a `db` with more.
 */
export interface Db<out All extends object> {
  readonly tables: All
  selectFrom<Own extends object, const Table extends TableArgument<In<object, object, Own>>>(
    this: { readonly tables: Own },
    from: FromTable<In<object, object, Own>, Table> | readonly FromTable<In<object, object, Own>, Table>[],
  ): Select<object, From<In<object, object, Own>, Table>>
  /** Adds a subquery that the rest of the query can name like a table. */
  with<Own extends object, const Name extends string, Output>(
    this: { readonly tables: Own },
    name: Name,
    query: (db: Db<Own>) => Rows<Output>,
  ): Db<Flat<Omit<Own, Name> & { [Table in Name]: Output }>>
}

type OneOrMore<Item> = Item | readonly Item[]

type Key<S extends Scope> = ColumnName<S> | (string & {})

interface Join<Output, S extends Scope, Kind extends 'inner' | 'left' | 'right' | 'full'> {
  <
    const Table extends TableArgument<S>,
    const Left extends Key<Joined<S, Table>>,
    const Right extends Key<Joined<S, Table>>,
  >(
    table: FromTable<S, Table>,
    left: Known<Joined<S, Table>, Left>,
    right: Joins<Joined<S, Table>, Left, Right>,
  ): Select<Output, AfterJoin<S, Table, Kind>>
  <const Table extends TableArgument<S>>(
    table: FromTable<S, Table>,
    on: (join: JoinBuilder<Joined<S, Table>>) => JoinBuilder<Joined<S, Table>>,
  ): Select<Output, AfterJoin<S, Table, Kind>>
}

/** The conditions of a join. */
export interface JoinBuilder<S extends Scope> {
  onRef<const Left extends Key<S>, const Right extends Key<S>>(
    left: Known<S, Left>,
    operator: ComparisonOperator,
    right: Joins<S, Left, Right>,
  ): JoinBuilder<S>
  on: Where<S, JoinBuilder<S>>
  onTrue(): JoinBuilder<S>
}

type Where<S extends Scope, Result> = Compare<S, Eb<S>, Result> & OneCondition<S, Eb<S>, Result>

type WhereRef<S extends Scope, Result> = <const Left extends Key<S>, const Right extends Key<S>>(
  left: Known<S, Left>,
  operator: ComparisonOperator,
  right: Joins<S, Left, Right>,
) => Result

/** The other query of a set operation, or a mistake that says how its columns differ. */
type Same<S extends Scope, Output, Other> = [keyof Output] extends [keyof Other]
  ? [keyof Other] extends [keyof Output]
    ? [Clashing<Output, Other>] extends [never]
      ? Rows<Other> | Callback<Eb<S>, Rows<Other>>
      : Clashing<Output, Other>
    : Mistake<`${Exclude<keyof Other, keyof Output> & string} is not a column of the first query`>
  : unknown extends Other
    ? Rows<Other> | Callback<Eb<S>, Rows<Other>>
    : Mistake<`the column ${Exclude<keyof Output, keyof Other> & string} is missing: the first query has it`>

type SetOperation<Output, S extends Scope> = <Other>(query: Same<S, Output, Other>) => Select<United<Output, Other>, S>

/** A query whose rows have the columns of `Output`. */
export interface Select<Output, S extends Scope> extends Query<Output> {
  select<const Selected extends Selection<S>, const Made extends Selection<S>>(
    selection: OrCallback<
      Eb<S>,
      Selected,
      OneOrMore<KnownSelection<S, Selected>>,
      OneOrMore<KnownSelection<S, Made>>,
      Made
    >,
  ): Select<Flat<Output & Outputs<S, Expr<unknown> extends Selected ? Made : Selected>>, S>
  selectAll(): Select<Flat<Output & AllColumns<S['from']>>, S>
  selectAll<const Table extends keyof S['from'] & string>(table: Table): Select<Flat<Output & S['from'][Table]>, S>
  distinct(): Select<Output, S>

  innerJoin: Join<Output, S, 'inner'>
  leftJoin: Join<Output, S, 'left'>
  rightJoin: Join<Output, S, 'right'>
  fullJoin: Join<Output, S, 'full'>
  crossJoin<const Table extends TableArgument<S>>(table: FromTable<S, Table>): Select<Output, Joined<S, Table>>

  where: Where<S, Select<Output, S>>
  whereRef: WhereRef<S, Select<Output, S>>
  having: Where<S, Select<Output, S>>
  havingRef: WhereRef<S, Select<Output, S>>

  groupBy<const Name extends SortName<S, Output>>(
    by: OrCallback<Eb<S>, Name, OneOrMore<Sortable<S, Output, Name>>, OneOrMore<ColumnName<S> | Expr<unknown>>>,
  ): Select<Output, S>
  orderBy<const Name extends SortName<S, Output>>(
    by: OrCallback<Eb<S>, Name, Sortable<S, Output, Name>, Expr<unknown>>,
    direction?: OrderDirection,
  ): Select<Output, S>
  limit(rows: number | bigint): Select<Output, S>
  offset(rows: number | bigint): Select<Output, S>

  union: SetOperation<Output, S>
  unionAll: SetOperation<Output, S>
  intersect: SetOperation<Output, S>
  intersectAll: SetOperation<Output, S>
  except: SetOperation<Output, S>
  exceptAll: SetOperation<Output, S>

  $call<Result>(change: (query: this) => Result): Result
  /** Changes the query if the condition holds. The types do not include outputs that it adds. */
  $if(condition: boolean, change: (query: this) => Select<Output, S>): Select<Output, S>
}

/** A condition, with `and` and `or` to add others. */
export interface Condition<S extends Scope, out Type = Bool | null> extends Expr<Type> {
  and: AddCondition<S>
  or: AddCondition<S>
}

type AddCondition<S extends Scope> = Compare<S, Eb<S>, Condition<S>> & ((condition: Expr<Bool | null>) => Condition<S>)

/** The result of `eb(left, operator, right)`. */
type Operation<S extends Scope, Left, Op extends Operator, Right> = Op extends Arithmetic | '||'
  ? Expr<Applied<TypeOf<S, Left>, Op, RightType<Right>, Right>>
  : Condition<S, Applied<TypeOf<S, Left>, Op, RightType<Right>, Right>>

type ValueArgument<S extends Scope> = Constant | null | Expr<unknown> | ((eb: Eb<S>) => Expr<unknown>)

/** A bound of BETWEEN, or a mistake if it does not compare. */
type End<S extends Scope, Argument, Bound> = Bound extends Constant | Expr<unknown>
  ? CheckedAs<Different<Called<Argument>, Plain<TypeOf<S, Argument>>, Plain<RightType<Bound>>>, Bound>
  : never

/** All functions. The compiler's messages name this interface. */
export interface Functions<S extends Scope> extends FunctionsWith<S, Eb<S>> {}

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
  readonly parens: Compare<S, Eb<S>, Condition<S>> & (<Type>(expression: Expr<Type>) => Condition<S, Type>)
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
