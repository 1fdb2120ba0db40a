/** Declares assets: sources read from files or given by code, and tables computed by queries. */
import type { Holds, KindName } from '../query/builder/types/kinds.ts'
import type { Mistake } from '../query/builder/types/mistakes.ts'
import type { Db } from '../query/builder/types/select.ts'
import type { QueryBuilder, QueryContext } from '../query/query.ts'
import type { Check } from './checks.ts'
import { bigint, type Column, type ColumnSchemas, type QueryRow, type Row, text } from './columns.ts'
import { declaredIn } from './declared-in.ts'
import { DEFAULT_PATTERNS, type FileFormat, jsonLines } from './format/file-format.ts'
import type { Incremental } from './incremental.ts'
import { type RowsFromCode, type RowsOptions, rowsFromCode } from './rows/rows-from-code.ts'
import { type Expectations, expectationsOf } from './runs/expectations.ts'

/**
 * Maximum size of the unpacked content of a compressed file, in bytes, unless a source declares
 * another.
 */
export const DEFAULT_MAX_UNPACKED = 64 * 2 ** 30

/** The fields of sources and of tables. */
interface Definition<Columns extends ColumnSchemas> {
  /** The table's directory in the lake and its name in queries. */
  readonly key: string
  readonly description: string | undefined
  /** Who answers for it: a team, an address. */
  readonly owner: string | undefined
  /** The part of the lake that it belongs to, such as `sales`. */
  readonly group: string | undefined
  /** The key that it had before. A table under that key is moved, with all of its versions. */
  readonly formerly: string | undefined
  readonly columns: Columns
  readonly tags: readonly string[]
  readonly expectations: Expectations
  /** The file that declares it. */
  readonly file: string | undefined
}

/**
 * What happens to keys of a record that no column takes: they are counted and reported, the record
 * is refused, or nothing.
 */
export type UnknownKeys = 'report' | 'reject' | 'ignore'

/**
 * An asset whose rows are records of files or come from code. A source of files also has the
 * columns `_file` and `_line`.
 */
export interface Source<Columns extends ColumnSchemas = ColumnSchemas> extends Definition<Columns> {
  readonly kind: 'source'
  /** Undefined for a source of files. */
  readonly rows: RowsFromCode | undefined
  readonly format: FileFormat
  /** A glob for the names of files, at any depth. */
  readonly pattern: string
  readonly unknownKeys: UnknownKeys
  /** Maximum size of the unpacked content of a compressed file, in bytes. */
  readonly maxUnpackedBytes: number
  /** Maximum share of refused lines, 0 to 1. A read with more publishes nothing. */
  readonly maxRejected: number
  /**
   * Whether the source can lose all of its files. If not, a run stops, because missing files are
   * usually a mistake.
   */
  readonly allowEmpty: boolean
}

/** A source whose rows code gives. */
export interface CodeSource<Columns extends ColumnSchemas = ColumnSchemas> extends Source<Columns> {
  readonly rows: RowsFromCode
}

/** An asset whose rows are the result of a query over its upstreams. */
export interface Table<Columns extends ColumnSchemas = ColumnSchemas, Upstream extends Upstreams = Upstreams>
  extends Definition<Columns> {
  readonly kind: 'table'
  readonly primaryKey: readonly string[]
  /** Whether it has exactly one row. */
  readonly oneRow: boolean
  readonly partitionBy: readonly string[]
  /** undefined: the table is always rebuilt in full. */
  readonly incremental: Incremental | undefined
  /**
   * Whether increments mark replaced rows of a large file as deleted, and do not write the file
   * anew.
   */
  readonly deletionVectors: boolean
  /** The assets that the query reads, by the names that the query uses. */
  readonly upstream: Upstream
  readonly checks: readonly Check[]
  readonly query: (context: QueryContext<never>) => QueryBuilder<unknown>
}

export type Asset = Source | Table

/**
 * The columns that the framework adds to every source of files: the file, relative to the source's
 * root, and the line, from 1. JSON documents have the number of the record instead of the line,
 * because one line can hold several. Parquet files have the number of the row.
 */
export const SOURCE_COLUMNS = {
  _file: text().describe('The file of the line, relative to the directory of the source.'),
  _line: bigint().describe('The number of the line in its file, from 1.'),
}

/** The columns of a source without those that lake adds. */
export const declaredColumns = (columns: readonly Column[]): readonly Column[] =>
  columns.filter(({ name }) => !Object.hasOwn(SOURCE_COLUMNS, name))

/** The columns of an asset's table with their schemas, in their order. */
export const columnSchemas = (asset: Asset): ColumnSchemas =>
  asset.kind === 'source' && !asset.rows ? { ...asset.columns, ...SOURCE_COLUMNS } : asset.columns

type SourceColumns<Columns extends ColumnSchemas> = Columns & typeof SOURCE_COLUMNS

/** The type of a row in programs: `type Songplay = RowOf<typeof songplays>`. */
export type RowOf<Declared> =
  Declared extends CodeSource<infer Columns>
    ? Row<Columns>
    : Declared extends Source<infer Columns>
      ? Row<SourceColumns<Columns>>
      : Declared extends Table<infer Columns>
        ? Row<Columns>
        : never

/**
 * The tables that a query can read: its upstreams under the names that the query uses, with columns
 * of query types.
 */
export type DatabaseOf<Upstream> = { readonly [Name in keyof Upstream]: QueryRowOf<Upstream[Name]> }

type QueryRowOf<Declared> =
  Declared extends CodeSource<infer Columns>
    ? QueryRow<Columns>
    : Declared extends Source<infer Columns>
      ? QueryRow<SourceColumns<Columns>>
      : Declared extends Table<infer Columns>
        ? QueryRow<Columns>
        : never

/**
 * The `db` of a function that builds parts of queries for several assets: `Queries<{ catalog:
 * typeof songData }>`.
 */
export type Queries<Upstream extends Upstreams> = Db<DatabaseOf<Upstream>>

/** The options of sources and of tables. */
interface AssetOptions extends Expectations {
  /** The table's directory in the lake and its name in queries. */
  readonly key: string
  /** The key that it had before it was renamed. Its table is then moved and not made anew. */
  readonly formerly?: string
  /** What a row is. */
  readonly description?: string
  /** Who answers for it: a team, an address. */
  readonly owner?: string
  /** The part of the lake that it belongs to, such as `sales`. */
  readonly group?: string
  /** Words to select assets by: `tag:dimension`. */
  readonly tags?: readonly string[]
}

interface AnySourceOptions<Columns extends ColumnSchemas> extends AssetOptions {
  /** Name -> type. A line must have a value for each column that is not nullable. */
  readonly columns: Columns
  /** What happens to keys that no column takes. Default: they are counted and reported. */
  readonly unknownKeys?: UnknownKeys
  /** Maximum share of refused lines, 0 to 1. A read with more publishes nothing. Default: 0.01. */
  readonly maxRejected?: number
  /**
   * Whether the source can lose all of its files, or, in `replace` mode, all of its rows. Default:
   * a run stops if it does.
   */
  readonly allowEmpty?: boolean
}

export interface SourceOptions<Columns extends ColumnSchemas> extends AnySourceOptions<Columns> {
  readonly rows?: undefined
  /**
   * How the files hold the records: `jsonLines()`, which is the default, `jsonDocuments()`,
   * `csv()`, `textLines()`, `parquet()` or `delta()`.
   */
  readonly format?: FileFormat
  /** A glob for the names of files. An ending such as `.gz` is left out before it is matched. */
  readonly pattern?: string
  /** Maximum size of the unpacked content of a compressed file, in bytes: 64 GiB by default. */
  readonly maxUnpackedBytes?: number
}

export type CodeSourceOptions<
  Columns extends ColumnSchemas,
  Key extends keyof Columns & string,
  Cursor,
> = AnySourceOptions<Columns> & RowsOptions<Columns, Key, Cursor>

export type Upstreams = Readonly<Record<string, Asset>>

/** The query if its output has exactly the declared columns; else the mistake. */
type Checked<Output, Columns> =
  Problems<Output, Columns> extends infer Wrong ? ([Wrong] extends [never] ? QueryBuilder<Output> : Wrong) : never

/**
 * Reports nothing if the query itself has a mistake, so that the compiler prints only that mistake.
 */
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

export interface TableOptions<Columns extends ColumnSchemas, Upstream extends Upstreams, Output> extends AssetOptions {
  /** Name -> type. The query has to give exactly these. */
  readonly columns: Columns
  /** Columns whose values no two rows share. Each run checks that. */
  readonly primaryKey?: readonly (keyof Columns & string)[]
  /** The table has exactly one row, and needs no key. */
  readonly oneRow?: boolean
  /** Rows with different values in these columns are in different data files. */
  readonly partitionBy?: readonly (keyof Columns & string)[]
  /**
   * `byKey(...)` or `byPartition()`: the table follows its upstreams. Default: it is rebuilt in
   * full.
   */
  readonly incremental?: Incremental<keyof Columns & string>
  /**
   * Increments mark replaced rows of a large file as deleted (Delta's deletion vectors), and do not
   * write the file anew. Not every reader of Delta can read such a table.
   */
  readonly deletionVectors?: boolean
  /** The assets that the query reads, by the names that the query uses. */
  readonly upstream: Upstream
  /** What has to be true for the rows before they are published. */
  readonly checks?: readonly Check[]
  /**
   * The result must have exactly the declared columns. The compiler reports missing, extra and
   * mistyped ones.
   */
  readonly query: (context: QueryContext<DatabaseOf<Upstream>>) => Checked<Output, QueryRow<Columns>>
}

/**
 * Declares files, or rows that code gives, as an asset. Reads nothing. `lake` reports mistakes when
 * the project loads.
 */
export function defineSource<const Columns extends ColumnSchemas>(options: SourceOptions<Columns>): Source<Columns>
export function defineSource<
  const Columns extends ColumnSchemas,
  const Key extends keyof Columns & string = never,
  Cursor = never,
>(options: CodeSourceOptions<Columns, Key, Cursor>): CodeSource<Columns>
export function defineSource<const Columns extends ColumnSchemas>(
  options: SourceOptions<Columns> | CodeSourceOptions<Columns, keyof Columns & string, unknown>,
): Source<Columns> {
  const findFile = declaredIn()
  const files: Partial<SourceOptions<Columns>> = options.rows ? {} : options
  const format = files.format ?? jsonLines()
  return {
    kind: 'source',
    ...sharedFields(options),
    columns: options.columns,
    get file() {
      return findFile()
    },
    rows: options.rows && rowsFromCode(options),
    format,
    pattern: files.pattern ?? DEFAULT_PATTERNS[format.kind],
    maxUnpackedBytes: files.maxUnpackedBytes ?? DEFAULT_MAX_UNPACKED,
    unknownKeys: options.unknownKeys ?? 'report',
    maxRejected: options.maxRejected ?? 0.01,
    allowEmpty: options.allowEmpty ?? false,
  }
}

/** Declares a table and its query. Runs nothing. `lake` reports mistakes when the project loads. */
export function defineAsset<const Columns extends ColumnSchemas, const Upstream extends Upstreams, Output>(
  options: TableOptions<Columns, Upstream, Output>,
): Table<Columns, Upstream> {
  const findFile = declaredIn()
  return {
    kind: 'table',
    ...sharedFields(options),
    columns: options.columns,
    get file() {
      return findFile()
    },
    primaryKey: options.primaryKey ?? [],
    oneRow: options.oneRow ?? false,
    partitionBy: options.partitionBy ?? [],
    incremental: options.incremental,
    deletionVectors: options.deletionVectors ?? false,
    upstream: options.upstream,
    checks: options.checks ?? [],
    query: options.query as unknown as Table['query'],
  }
}

/** What `options` say of an asset of either kind. */
const sharedFields = (options: AssetOptions) => ({
  key: options.key,
  formerly: options.formerly,
  description: options.description,
  owner: options.owner,
  group: options.group,
  tags: options.tags ?? [],
  expectations: expectationsOf(options),
})
