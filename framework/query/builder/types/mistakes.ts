/** What the compiler prints where a query has a mistake: the type of a parameter that nothing can be given for. */

declare const mistake: unique symbol

/** A mistake in plain words. */
export interface Mistake<Message extends string> {
  readonly [mistake]: Message
}

/** A name that is none of the columns in scope. */
export interface NoColumn<Name, Columns> {
  readonly [mistake]: Name
  readonly columns: Columns
}

/** A name that is none of the tables. */
export interface NoTable<Name, Tables> {
  readonly [mistake]: Name
  readonly tables: Tables
}
