/** Declares how programs read the rows of a table: which rows, which columns, how many. */

/** How a value compares with a constant. Nothing compares with null: see `is`. */
export type ConstantOperator = '=' | '!=' | '<>' | '<' | '<=' | '>' | '>='

export type RowOperator = ConstantOperator | 'in' | 'not in' | 'is' | 'is not'

/** What an operator takes beside a column of this type. */
export type RowOperand<Value, Operator extends RowOperator> = Operator extends 'is' | 'is not'
  ? null
  : Operator extends 'in' | 'not in'
    ? readonly NonNullable<Value>[]
    : NonNullable<Value>

/**
 * The rows of a table, in no order. Each method returns a new object. The values of a row are as in
 * `RowOf`. Conditions compare exact values, as SQL does: text by code points, timestamps by
 * microseconds, NaN above all numbers; and no comparison holds for null.
 */
export interface LakeTable<Row, Selected = Row> {
  /**
   * Keeps the rows for which this holds, too. Data files that cannot have such rows are not read.
   */
  where<Name extends keyof Row & string, const Operator extends RowOperator>(
    column: Name,
    operator: Operator,
    value: RowOperand<Row[Name], Operator>,
  ): LakeTable<Row, Selected>
  /** Reads only these columns. */
  select<const Name extends keyof Row & string>(columns: Name | readonly Name[]): LakeTable<Row, Pick<Row, Name>>
  /** Maximum number of rows to return. */
  limit(rows: number): LakeTable<Row, Selected>
  /** Reads the rows one after another. A loop can end early, and then reads no more. */
  rows(): AsyncIterable<Selected>
  /** Reads all rows into memory. */
  all(): Promise<Selected[]>
  /**
   * Reads all rows as Arrow: the bytes of an IPC stream, which `tableFromIPC` of `apache-arrow` and
   * the Arrow readers of other languages take. Values are exact: timestamps have microseconds.
   * Needs the package `apache-arrow`, and throws `usage` if the project lacks it.
   */
  arrow(): Promise<Uint8Array>
}
