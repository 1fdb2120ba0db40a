import type { Holds, KindName } from '../query/builder/types/kinds.ts'
import type { Mistake } from '../query/builder/types/mistakes.ts'
import type { Db } from '../query/builder/types/select.ts'
import type { QueryBuilder, QueryContext } from '../query/query.ts'
import type { Check } from './checks.ts'
import { bigint, type ColumnSchemas, type QueryRow, type Row, text } from './columns.ts'
import { declaredIn } from './declared-in.ts'
import type { Incremental } from './incremental.ts'

/** What every asset has, whether it is read from files or computed from other assets. */
interface Definition<Columns extends ColumnSchemas> {
  /** The table's directory in the lake and its name in queries. */
  readonly key: string
  readonly description: string | undefined
  /** The key that it had before: a table that still stands under it is moved, with all of its versions. */
  readonly formerly: string | undefined
  readonly columns: Columns
  readonly tags: readonly string[]
  /** The file that declares it. */
  readonly file: string | undefined
}

/** An asset whose rows are the lines of files. Besides its columns it has `_file` and `_line`. */
export interface Source<Columns extends ColumnSchemas = ColumnSchemas> extends Definition<Columns> {
  readonly kind: 'source'
  /** A glob that the name of a file has to match; files are looked for in any depth. */
  readonly pattern: string
  /** The greatest share of refused lines, 0 to 1, with which the source is still taken for whole. */
  readonly maxRejected: number
  /** Whether it may lose all of its files: else a run stops, since absent files are more often out of sight than deleted. */
  readonly allowEmpty: boolean
}

/** An asset whose rows are the result of a query over its upstreams. */
export interface Table<Columns extends ColumnSchemas = ColumnSchemas, Upstream extends Upstreams = Upstreams>
  extends Definition<Columns> {
  readonly kind: 'table'
  readonly primaryKey: readonly string[]
  /** Whether it has exactly one row. */
  readonly oneRow: boolean
  readonly partitionBy: readonly string[]
  /** Undefined where it is always rebuilt whole. */
  readonly incremental: Incremental | undefined
  /** The assets that the query reads, under the names that it gives them. */
  readonly upstream: Upstream
  readonly checks: readonly Check[]
  readonly query: (context: QueryContext<never>) => QueryBuilder<unknown>
}

export type Asset = Source | Table

/** The columns that the framework adds to every source: the file, relative to the source's root, and the line, from 1. */
export const SOURCE_COLUMNS = { _file: text(), _line: bigint() }

type SourceColumns<Columns extends ColumnSchemas> = Columns & typeof SOURCE_COLUMNS

/** A row of the asset, as a type for programs: `type Songplay = RowOf<typeof songplays>`. */
export type RowOf<Declared> =
  Declared extends Source<infer Columns>
    ? Row<SourceColumns<Columns>>
    : Declared extends Table<infer Columns>
      ? Row<Columns>
      : never

/** What an asset's query sees: its upstreams under the names that it gave them, with columns of query types. */
export type DatabaseOf<Upstream> = { readonly [Name in keyof Upstream]: QueryRowOf<Upstream[Name]> }

type QueryRowOf<Declared> =
  Declared extends Source<infer Columns>
    ? QueryRow<SourceColumns<Columns>>
    : Declared extends Table<infer Columns>
      ? QueryRow<Columns>
      : never

/** The `db` of a function that builds a part of several assets' queries: `Queries<{ catalog: typeof songData }>`. */
export type Queries<Upstream extends Upstreams> = Db<DatabaseOf<Upstream>>

export interface SourceOptions<Columns extends ColumnSchemas> {
  readonly key: string
  /** The key that it had before, where it was renamed: its table is then moved and not read anew. */
  readonly formerly?: string
  readonly description?: string
  readonly columns: Columns
  readonly pattern?: string
  readonly maxRejected?: number
  readonly allowEmpty?: boolean
  readonly tags?: readonly string[]
}

export type Upstreams = Readonly<Record<string, Asset>>

/** The query, if its output columns are exactly those that are declared; else what is wrong with them. */
type Checked<Output, Columns> =
  Problems<Output, Columns> extends infer Wrong ? ([Wrong] extends [never] ? QueryBuilder<Output> : Wrong) : never

/** (Nothing is said where the query itself has a mistake, which is what the compiler should print.) */
type Problems<Output, Columns> =
  HasMistake<Output> extends true
    ? never
    : [Exclude<keyof Columns, keyof Output>] extends [never]
      ? [Exclude<keyof Output, keyof Columns>] extends [never]
        ? { [Name in keyof Columns]: WrongColumn<Name, Columns[Name], Output[Name & keyof Output]> }[keyof Columns]
        : Mistake<`${Exclude<keyof Output, keyof Columns> & string} is not declared in columns`>
      : MissingColumns<Pick<Columns, Exclude<keyof Columns, keyof Output>>>

type HasMistake<Output> = unknown extends Output
  ? true
  : string extends keyof Output
    ? true
    : true extends { [Name in keyof Output]: [Output[Name]] extends [never] ? true : false }[keyof Output]
      ? true
      : false

type MissingColumns<Columns> = {
  [Name in keyof Columns]: Mistake<`the query has no column ${Name & string}, which columns declares as ${KindName<Columns[Name]>}`>
}[keyof Columns]

type WrongColumn<Name, Wanted, Given> =
  Holds<Exclude<Wanted, null>, Exclude<Given, null>> extends true
    ? null extends Given
      ? null extends Wanted
        ? never
        : Mistake<`${Name & string} may be null, but columns declares it as ${KindName<Wanted>} without nullable()`>
      : never
    : Mistake<`${Name & string} is ${KindName<Given>}, but columns declares it as ${KindName<Wanted>}`>

export interface TableOptions<Columns extends ColumnSchemas, Upstream extends Upstreams, Output> {
  readonly key: string
  /** The key that it had before, where it was renamed: its table is then moved and not built anew. */
  readonly formerly?: string
  readonly description?: string
  readonly columns: Columns
  readonly primaryKey?: readonly (keyof Columns & string)[]
  /** The table has exactly one row, and needs no key. */
  readonly oneRow?: boolean
  readonly partitionBy?: readonly (keyof Columns & string)[]
  readonly incremental?: Incremental<keyof Columns & string>
  readonly upstream: Upstream
  readonly checks?: readonly Check[]
  readonly tags?: readonly string[]
  /** Its result has exactly the declared columns; the compiler says which is missing, one too many or of another type. */
  readonly query: (context: QueryContext<DatabaseOf<Upstream>>) => Checked<Output, QueryRow<Columns>>
}

/** Declares files of newline-delimited JSON as an asset. Nothing is read; what is wrong with it is said when the project loads. */
export function defineSource<const Columns extends ColumnSchemas>(options: SourceOptions<Columns>): Source<Columns> {
  const place = declaredIn()
  return {
    kind: 'source',
    key: options.key,
    formerly: options.formerly,
    description: options.description,
    columns: options.columns,
    tags: options.tags ?? [],
    get file() {
      return place()
    },
    pattern: options.pattern ?? '*.json',
    maxRejected: options.maxRejected ?? 0.01,
    allowEmpty: options.allowEmpty ?? false,
  }
}

/** Declares a table and the query that makes it. Nothing is run; what is wrong with it is said when the project loads. */
export function defineAsset<const Columns extends ColumnSchemas, const Upstream extends Upstreams, Output>(
  options: TableOptions<Columns, Upstream, Output>,
): Table<Columns, Upstream> {
  const place = declaredIn()
  return {
    kind: 'table',
    key: options.key,
    formerly: options.formerly,
    description: options.description,
    columns: options.columns,
    tags: options.tags ?? [],
    get file() {
      return place()
    },
    primaryKey: options.primaryKey ?? [],
    oneRow: options.oneRow ?? false,
    partitionBy: options.partitionBy ?? [],
    incremental: options.incremental,
    upstream: options.upstream,
    checks: options.checks ?? [],
    query: options.query as unknown as Table['query'],
  }
}
