/** Types of queries: `db`, `Select` and the methods that add to it. */
import type { OperationNode } from 'kysely'
import type { Callback, Compare, Eb, OneCondition, OrCallback } from './expression-builder.ts'
import type { Compares, KindName, NullOf, Unified } from './kinds.ts'
import type { Mistake, NoTable } from './mistakes.ts'
import type { ComparisonOperator } from './operators.ts'
import type {
  AnyRow,
  Called,
  ColumnName,
  Flat,
  In,
  Inside,
  Known,
  OrNull,
  Scope,
  TypeOfColumn,
  WithNulls,
  WithTable,
} from './scope.ts'
import type { Aliased, Expr } from './typed-expression.ts'

/** A query whose rows have the columns of `Output`. */
export interface Rows<out Output> {
  readonly output: Output
  toOperationNode(): OperationNode
}

/** A subquery. One that is used as a value has one column. */
export interface Query<Output> extends Rows<Output>, Expr<OnlyColumn<Output>> {
  as<const Alias extends string>(alias: Alias): AliasedQuery<Output, Alias>
}

/**
 * The value of a query of one column; null if it has no rows. A query of several columns can be on
 * the right of a tuple's `in`.
 */
type OnlyColumn<Output> = Output[keyof Output] | null

/** A subquery as a table. */
export interface AliasedRows<out Output, out Alias extends string> extends Rows<Output> {
  readonly alias: Alias
}

export interface AliasedQuery<Output, Alias extends string>
  extends AliasedRows<Output, Alias>,
    Aliased<OnlyColumn<Output>, Alias> {}

/** A table's name, a name with an alias, or a subquery with one. */
export type TableArgument<S extends Scope> =
  | (keyof S['tables'] & string)
  | `${keyof S['tables'] & string} as ${string}`
  | (string & {})
  | AliasedRows<object, string>
  | ((eb: Eb<Inside<S>>) => AliasedRows<object, string>)

type AliasOf<Table> = Table extends `${string} as ${infer Alias}`
  ? Alias
  : Table extends string
    ? Table
    : Table extends AliasedRows<unknown, infer Alias>
      ? Alias
      : Table extends (...given: never[]) => AliasedRows<unknown, infer Alias>
        ? Alias
        : never

type NameOf<Table> = Table extends `${infer Name} as ${string}` ? Name : Table

type RowOfTable<S extends Scope, Table> = Table extends string
  ? NameOf<Table> extends infer Name extends keyof S['tables']
    ? S['tables'][Name]
    : AnyRow
  : Table extends AliasedRows<infer Row, string>
    ? Row
    : Table extends (...given: never[]) => AliasedRows<infer Row, string>
      ? Row
      : never

type KnownTable<S extends Scope, Table> = Table extends string
  ? NameOf<Table> extends keyof S['tables']
    ? Table
    : NoTable<NameOf<Table>, keyof S['tables']>
  : Table

type From<S extends Scope, Table> = In<
  {
    [Alias in AliasOf<Table>]: Table extends unknown
      ? AliasOf<Table> extends Alias
        ? RowOfTable<S, Table>
        : never
      : never
  },
  S['outer'],
  S['tables']
>

/**
 * Begins a query: `selectFrom('plays')`, `selectFrom('plays as p')`,
 * `selectFrom(subquery.as('p'))`, or a list of these.
 */
export interface SelectFrom<S extends Scope> {
  selectFrom<const Table extends TableArgument<S>>(
    from: OneOrMore<KnownTable<S, Table>>,
  ): Select<object, From<S, Table>>
}

/**
 * The start of a query over the tables of `All`. Methods take the tables from `this`, so that a
 * function which needs some tables accepts a `db` with more.
 */
export interface Db<out All extends object> {
  readonly tables: All
  selectFrom<Own extends object, const Table extends TableArgument<In<object, object, Own>>>(
    this: { readonly tables: Own },
    from: KnownTable<In<object, object, Own>, Table> | readonly KnownTable<In<object, object, Own>, Table>[],
  ): Select<object, From<In<object, object, Own>, Table>>
  /** Adds a subquery that the rest of the query can name like a table. */
  with<Own extends object, const Name extends string, Output>(
    this: { readonly tables: Own },
    name: Name,
    query: (db: Db<Own>) => Rows<Output>,
  ): Db<Flat<Omit<Own, Name> & { [Table in Name]: Output }>>
}

/** An output: a column's name, `column as name`, or an expression with a name. */
export type Selection<S extends Scope> =
  | ColumnName<S>
  | `${ColumnName<S>} as ${string}`
  | (string & {})
  | Aliased<unknown, string>
  | Expr<unknown>

type Source<Selected> = Selected extends `${infer Name} as ${string}` ? Name : Selected

type KnownSelection<S extends Scope, Selected> = Selected extends string
  ? Known<S, Source<Selected>> extends Source<Selected>
    ? Selected
    : Known<S, Source<Selected>>
  : Selected extends Aliased<unknown, string>
    ? Selected
    : Mistake<`an expression needs a name: add .as('...')`>

type OneOrMore<Item> = Item | readonly Item[]

type OutputName<Selected> = Selected extends `${string} as ${infer Alias}`
  ? Alias
  : Selected extends `${string}.${infer Column}`
    ? Column
    : Selected extends string
      ? Selected
      : Selected extends Aliased<unknown, infer Alias>
        ? Alias
        : never

type OutputType<S extends Scope, Selected> = Selected extends string
  ? TypeOfColumn<S, Source<Selected>>
  : Selected extends Aliased<infer Type, string>
    ? Type
    : never

type Outputs<S extends Scope, Selected> = {
  [Name in OutputName<Selected>]: Selected extends unknown
    ? OutputName<Selected> extends Name
      ? OutputType<S, Selected>
      : never
    : never
}

/** The outputs of `selectAll()`: all columns of the tables. */
type AllColumns<From extends object> = {
  [Column in { [Table in keyof From]: keyof From[Table] }[keyof From] & string]: TypeOfColumn<
    In<From, object, object>,
    Column
  >
}

/** A name in groupBy or orderBy: a column, or an output of the query. */
type Sortable<S extends Scope, Output, Name> = Name extends string
  ? Name extends keyof Output
    ? Name
    : Known<S, Name>
  : Name

type SortName<S extends Scope, Output> = ColumnName<S> | (keyof Output & string) | (string & {}) | Expr<unknown>

/** A sort direction, and where nulls go: last by default. */
export interface Direction {
  asc(): Direction
  desc(): Direction
  nullsFirst(): Direction
  nullsLast(): Direction
}

export type OrderDirection = 'asc' | 'desc' | ((direction: Direction) => Direction)

type Key<S extends Scope> = ColumnName<S> | (string & {})

/** The second column of a join, or a mistake if it does not compare with the first. */
type Joins<S extends Scope, Left, Right> = Right extends string
  ? Known<S, Right> extends Right
    ? Compares<Exclude<TypeOfColumn<S, Left>, null>, Exclude<TypeOfColumn<S, Right>, null>> extends true
      ? Right
      : Mistake<`${Called<Left>} is ${KindName<TypeOfColumn<S, Left>>}, ${Right} is ${KindName<TypeOfColumn<S, Right>>}: they do not compare`>
    : Known<S, Right>
  : never

type Joined<S extends Scope, Table> = WithTable<S, AliasOf<Table>, RowOfTable<S, Table>>
type LeftJoined<S extends Scope, Table> = WithTable<S, AliasOf<Table>, OrNull<RowOfTable<S, Table>>>

interface Join<Output, S extends Scope, Kind extends 'inner' | 'left' | 'right' | 'full'> {
  <
    const Table extends TableArgument<S>,
    const Left extends Key<Joined<S, Table>>,
    const Right extends Key<Joined<S, Table>>,
  >(
    table: KnownTable<S, Table>,
    left: Known<Joined<S, Table>, Left>,
    right: Joins<Joined<S, Table>, Left, Right>,
  ): Select<Output, AfterJoin<S, Table, Kind>>
  <const Table extends TableArgument<S>>(
    table: KnownTable<S, Table>,
    on: (join: JoinBuilder<Joined<S, Table>>) => JoinBuilder<Joined<S, Table>>,
  ): Select<Output, AfterJoin<S, Table, Kind>>
}

type AfterJoin<S extends Scope, Table, Kind> = Kind extends 'inner'
  ? Joined<S, Table>
  : Kind extends 'left'
    ? LeftJoined<S, Table>
    : Kind extends 'right'
      ? Joined<WithNulls<S>, Table>
      : LeftJoined<WithNulls<S>, Table>

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

type Where<S extends Scope, Result> = Compare<S, Result> & OneCondition<S, Result>

type WhereRef<S extends Scope, Result> = <const Left extends Key<S>, const Right extends Key<S>>(
  left: Known<S, Left>,
  operator: ComparisonOperator,
  right: Joins<S, Left, Right>,
) => Result

/** The other query of a set operation, or a mistake that says how its columns differ. */
type Same<S extends Scope, Output, Other> = [keyof Output] extends [keyof Other]
  ? [keyof Other] extends [keyof Output]
    ? [Clashing<Output, Other>] extends [never]
      ? Rows<Other> | Callback<S, Rows<Other>>
      : Clashing<Output, Other>
    : Mistake<`${Exclude<keyof Other, keyof Output> & string} is not a column of the first query`>
  : unknown extends Other
    ? Rows<Other> | Callback<S, Rows<Other>>
    : Mistake<`the column ${Exclude<keyof Output, keyof Other> & string} is missing: the first query has it`>

type Clashing<Output, Other> = {
  [Name in keyof Output & keyof Other]: Compares<Exclude<Output[Name], null>, Exclude<Other[Name], null>> extends true
    ? never
    : Mistake<`${Name & string} is ${KindName<Other[Name]>}: in the first query it is ${KindName<Output[Name]>}`>
}[keyof Output & keyof Other]

type United<Output, Other> = {
  [Name in keyof Output]: Name extends keyof Other
    ? Unified<Output[Name] | Other[Name]> | NullOf<Output[Name] | Other[Name]>
    : never
}

type SetOperation<Output, S extends Scope> = <Other>(query: Same<S, Output, Other>) => Select<United<Output, Other>, S>

/** A query whose rows have the columns of `Output`. */
export interface Select<Output, S extends Scope> extends Query<Output> {
  select<const Selected extends Selection<S>, const Made extends Selection<S>>(
    selection: OrCallback<
      S,
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
  crossJoin<const Table extends TableArgument<S>>(table: KnownTable<S, Table>): Select<Output, Joined<S, Table>>

  where: Where<S, Select<Output, S>>
  whereRef: WhereRef<S, Select<Output, S>>
  having: Where<S, Select<Output, S>>
  havingRef: WhereRef<S, Select<Output, S>>

  groupBy<const Name extends SortName<S, Output>>(
    by: OrCallback<S, Name, OneOrMore<Sortable<S, Output, Name>>, OneOrMore<ColumnName<S> | Expr<unknown>>>,
  ): Select<Output, S>
  orderBy<const Name extends SortName<S, Output>>(
    by: OrCallback<S, Name, Sortable<S, Output, Name>, Expr<unknown>>,
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
