/** Types that resolve the names of a query: tables by alias, columns by name. */

import type { ConstantType } from './kinds.ts'
import type { Mistake, NoColumn } from './mistakes.ts'
import type { Expr } from './typed-expression.ts'

/** Tables by name. Each is an object type of its columns. */
export type Tables = Readonly<Record<string, object>>

/** The tables that an expression can name. */
export interface Scope {
  /** The tables of the SELECT itself, by alias. */
  readonly from: object
  /** The tables of the SELECTs around it, by alias. */
  readonly outer: object
  /** The tables that FROM can name. */
  readonly tables: object
}

export interface In<From, Outer, All> {
  readonly from: From
  readonly outer: Outer
  readonly tables: All
}

/** The scope in which no column is known. */
export type NoScope = In<object, object, object>

/** An object type as one list of properties. */
export type Flat<Type> = [Type] extends [infer All] ? { [Name in keyof All]: All[Name] } : never

type NamesIn<From> = {
  [Table in keyof From & string]: (keyof From[Table] & string) | `${Table}.${keyof From[Table] & string}`
}[keyof From & string]

/** The columns in scope, by `column` and by `table.column`. */
export type ColumnName<S extends Scope> = NamesIn<S['from']> | NamesIn<S['outer']>

type ShortNamesIn<From> = { [Table in keyof From & string]: keyof From[Table] & string }[keyof From & string]

type Find<From, Name> = Name extends `${infer Table}.${infer Column}`
  ? Table extends keyof From
    ? Column extends keyof From[Table]
      ? From[Table][Column]
      : never
    : never
  : { [Table in keyof From]: Name extends keyof From[Table] ? From[Table][Name] : never }[keyof From]

/**
 * The type of the column with this name; never if there is none. The SELECT's own tables hide those
 * around it.
 */
export type TypeOfColumn<S extends Scope, Name> = [Find<S['from'], Name>] extends [never]
  ? Find<S['outer'], Name>
  : Find<S['from'], Name>

/** The name, or a mistake if no column has it. Expressions and constants pass. */
export type Known<S extends Scope, Name> = Name extends string
  ? [TypeOfColumn<S, Name>] extends [never]
    ? Unknown<Name, ShortNamesIn<S['from']> | ShortNamesIn<S['outer']>>
    : Name
  : Name

/** If a table is unknown, any name passes: only the table is reported. */
type Unknown<Name, Columns> = [Columns] extends [never]
  ? Mistake<`no table is known here: take fn from the callback, as in select(({ fn }) => ...)`>
  : string extends Columns
    ? Name
    : NoColumn<Name, Columns>

/** The row of an unknown table. */
export type AnyRow = { readonly [Name in string]: never }

/** The type of an argument: a column's name, an expression, or a constant other than text. */
export type TypeOf<S extends Scope, Argument> = Argument extends string
  ? TypeOfColumn<S, Argument>
  : Argument extends Expr<infer Type>
    ? Type
    : Argument extends (...given: never[]) => Expr<infer Type>
      ? Type
      : ConstantType<Argument>

/** An argument's name in messages. */
export type Called<Argument> = Argument extends string ? Argument : 'this'

/** The scope with one more table. */
export type WithTable<S extends Scope, Alias extends string, Row> = In<
  Flat<Omit<S['from'], Alias> & { readonly [Name in Alias]: Row }>,
  S['outer'],
  S['tables']
>

/** The scope in which all columns of the tables so far can be null. */
export type WithNulls<S extends Scope> = In<
  { readonly [Table in keyof S['from']]: OrNull<S['from'][Table]> },
  S['outer'],
  S['tables']
>

/** The row with all columns nullable. */
export type OrNull<Row> = { readonly [Column in keyof Row]: Row[Column] | null }

/** The scope of a subquery before its FROM. */
export type Inside<S extends Scope> = In<object, Flat<Omit<S['outer'], keyof S['from']> & S['from']>, S['tables']>
