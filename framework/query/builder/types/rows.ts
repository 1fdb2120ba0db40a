/** Types of the rows that FROM, joins, SELECT and set operations give. */
import type { OperationNode } from 'kysely'
import type { Compares, KindName, NullOf, Unified } from './kinds.ts'
import type { Mistake, NoTable } from './mistakes.ts'
import type {
  AnyRow,
  Called,
  ColumnName,
  In,
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

/** A subquery. A subquery that is used as a value has one column. */
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

export type FromTable<S extends Scope, Table> = Table extends string
  ? NameOf<Table> extends keyof S['tables']
    ? Table
    : NoTable<NameOf<Table>, keyof S['tables']>
  : Table

export type From<S extends Scope, Table> = In<
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

/** An output: a column's name, `column as name`, or an expression with a name. */
export type Selection<S extends Scope> =
  | ColumnName<S>
  | `${ColumnName<S>} as ${string}`
  | (string & {})
  | Aliased<unknown, string>
  | Expr<unknown>

type Source<Selected> = Selected extends `${infer Name} as ${string}` ? Name : Selected

export type KnownSelection<S extends Scope, Selected> = Selected extends string
  ? Known<S, Source<Selected>> extends Source<Selected>
    ? Selected
    : Known<S, Source<Selected>>
  : Selected extends Aliased<unknown, string>
    ? Selected
    : Mistake<`an expression needs a name: add .as('...')`>

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

export type Outputs<S extends Scope, Selected> = {
  [Name in OutputName<Selected>]: Selected extends unknown
    ? OutputName<Selected> extends Name
      ? OutputType<S, Selected>
      : never
    : never
}

/** The outputs of `selectAll()`: all columns of the tables. */
export type AllColumns<From extends object> = {
  [Column in { [Table in keyof From]: keyof From[Table] }[keyof From] & string]: TypeOfColumn<
    In<From, object, object>,
    Column
  >
}

/** A name in groupBy or orderBy: a column, or an output of the query. */
export type Sortable<S extends Scope, Output, Name> = Name extends string
  ? Name extends keyof Output
    ? Name
    : Known<S, Name>
  : Name

export type SortName<S extends Scope, Output> = ColumnName<S> | (keyof Output & string) | (string & {}) | Expr<unknown>

/** A sort direction, and where nulls go: last by default. */
export interface Direction {
  asc(): Direction
  desc(): Direction
  nullsFirst(): Direction
  nullsLast(): Direction
}

export type OrderDirection = 'asc' | 'desc' | ((direction: Direction) => Direction)

/** The second column of a join, or a mistake if it does not compare with the first. */
export type Joins<S extends Scope, Left, Right> = Right extends string
  ? Known<S, Right> extends Right
    ? Compares<Exclude<TypeOfColumn<S, Left>, null>, Exclude<TypeOfColumn<S, Right>, null>> extends true
      ? Right
      : Mistake<`${Called<Left>} is ${KindName<TypeOfColumn<S, Left>>}, ${Right} is ${KindName<TypeOfColumn<S, Right>>}: they do not compare`>
    : Known<S, Right>
  : never

export type Joined<S extends Scope, Table> = WithTable<S, AliasOf<Table>, RowOfTable<S, Table>>
type LeftJoined<S extends Scope, Table> = WithTable<S, AliasOf<Table>, OrNull<RowOfTable<S, Table>>>

export type AfterJoin<S extends Scope, Table, Kind> = Kind extends 'inner'
  ? Joined<S, Table>
  : Kind extends 'left'
    ? LeftJoined<S, Table>
    : Kind extends 'right'
      ? Joined<WithNulls<S>, Table>
      : LeftJoined<WithNulls<S>, Table>

export type Clashing<Output, Other> = {
  [Name in keyof Output & keyof Other]: Compares<Exclude<Output[Name], null>, Exclude<Other[Name], null>> extends true
    ? never
    : Mistake<`${Name & string} is ${KindName<Other[Name]>}: in the first query it is ${KindName<Output[Name]>}`>
}[keyof Output & keyof Other]

export type United<Output, Other> = {
  [Name in keyof Output]: Name extends keyof Other
    ? Unified<Output[Name] | Other[Name]> | NullOf<Output[Name] | Other[Name]>
    : never
}
