/** Types that the compiler prints for a mistake in a query. No argument has such a type. */

declare const mistake: unique symbol

/** A mistake with a message. */
export interface Mistake<Message extends string> {
  readonly [mistake]: Message
}

/** A name that no column in scope has. */
export interface NoColumn<Name, Columns> {
  readonly [mistake]: Name
  readonly columns: Columns
}

/** A name that no table has. */
export interface NoTable<Name, Tables> {
  readonly [mistake]: Name
  readonly tables: Tables
}
