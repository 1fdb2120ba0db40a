/**
 * Declares how a function of the project gives the rows of a source, such as from an API or a
 * database.
 */
import type * as z from 'zod'
import type { ColumnSchemas, Row } from '../columns.ts'
import type { Duration } from '../runs/duration.ts'

/**
 * What the rows of a read do to the table: they are added to its rows, they replace all of its
 * rows, or each replaces the row with its key.
 */
export type RowsMode = 'append' | 'replace' | 'upsert'

/** What lake passes to the functions of a source. */
export interface CodeContext {
  /** Aborted on Ctrl-C, and after a timeout. Pass it to `fetch` and to drivers of databases. */
  readonly signal: AbortSignal
  /** The value of an environment variable. Throws if it is not set. */
  readonly env: (name: string) => string
  /** The value of an environment variable that is a secret: lake neither shows nor stores it. */
  readonly secret: (name: string) => string
}

export interface RowsContext<Cursor> extends CodeContext {
  /** The cursor that was published last. Undefined if the source is read from its start. */
  readonly cursor: Cursor | undefined
}

/** The names of the columns that a row can leave out. A column that is left out is null. */
type NullableName<Values> = { [Name in keyof Values]: null extends Values[Name] ? Name : never }[keyof Values]

type Given<Value> = Value extends bigint
  ? bigint | number
  : Value extends Date
    ? Date | string
    : Value extends Uint8Array
      ? Uint8Array | string
      : Value extends readonly (infer Element)[]
        ? readonly Given<Element>[]
        : Value extends object
          ? GivenValues<Value>
          : Value

type GivenValues<Values> = {
  readonly [Name in Exclude<keyof Values, NullableName<Values>>]: Given<Values[Name]>
} & { readonly [Name in NullableName<Values>]?: Given<Values[Name]> | undefined }

/**
 * A row as code gives it. It can leave out nullable columns, write a moment as ISO 8601 with an
 * offset, bytes as text, and a `bigint` as a number that is exact.
 */
export type GivenRow<Columns extends ColumnSchemas> = GivenValues<Row<Columns>>

/**
 * Some rows, and the cursor from which to continue. lake publishes the cursor in the same commit as
 * all rows up to it. A batch removes the rows with the `deleted` keys before it adds its own rows.
 */
export interface RowBatch<Columns extends ColumnSchemas, Key extends keyof Columns, Cursor> {
  readonly rows?: readonly GivenRow<Columns>[]
  /** Keys of rows that no longer exist. Only for `mode: 'upsert'`. */
  readonly deleted?: readonly GivenValues<Pick<Row<Columns>, Key>>[]
  readonly cursor?: Cursor
}

/** The part of a declaration that only sources from code have. */
export interface RowsOptions<Columns extends ColumnSchemas, Key extends keyof Columns, Cursor> {
  /** What the rows of a read do to the table: `append`, `replace` or `upsert`. */
  readonly mode: RowsMode
  /** No two rows have the same key. Required for `mode: 'upsert'`. */
  readonly primaryKey?: readonly Key[]
  /** The form of the cursor, which is a value of JSON. Not for `mode: 'replace'`. */
  readonly cursor?: z.ZodType<Cursor>
  /** Gives the rows in batches. The next batch is asked for when the last one has been stored. */
  readonly rows: (context: RowsContext<Cursor>) => AsyncIterable<RowBatch<Columns, Key, Cursor>>
  /**
   * How old the last read is allowed to become. Without it and without `version`, the source is
   * read when a command names it.
   */
  readonly every?: Duration
  /** Returns a text or a number that differs when there are other rows to read. */
  readonly version?: (context: CodeContext) => Promise<string | number> | string | number
  /** How long `version` can take. Default: `10s`. */
  readonly versionTimeout?: Duration
  /**
   * Number of rows after which a read publishes its rows at the next cursor, and continues. By
   * default, a read publishes once, at its end. Not for `mode: 'replace'`.
   */
  readonly checkpointRows?: number
  /**
   * If this text changes, lake reads the source again from its start. Change it when `rows` gives
   * other values than before.
   */
  readonly revision?: string
}

/** How code gives the rows of a source, as declared. The types of its rows are erased. */
export interface RowsFromCode {
  readonly mode: RowsMode
  readonly primaryKey: readonly string[]
  readonly cursor: z.ZodType | undefined
  readonly read: (context: RowsContext<unknown>) => AsyncIterable<unknown>
  readonly every: Duration | undefined
  readonly version: ((context: CodeContext) => unknown) | undefined
  readonly versionTimeout: Duration
  readonly checkpointRows: number | undefined
  readonly revision: string | undefined
}

export function rowsFromCode<Columns extends ColumnSchemas, Key extends keyof Columns & string, Cursor>(
  options: RowsOptions<Columns, Key, Cursor>,
): RowsFromCode {
  return {
    mode: options.mode,
    primaryKey: options.primaryKey ?? [],
    cursor: options.cursor,
    read: options.rows as RowsFromCode['read'],
    every: options.every,
    version: options.version,
    versionTimeout: options.versionTimeout ?? '10s',
    checkpointRows: options.checkpointRows,
    revision: options.revision,
  }
}
