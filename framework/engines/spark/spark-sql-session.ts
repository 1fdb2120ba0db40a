/**
 * Runs the SQL session of an increment or a check on Spark: sends its statements to the run's
 * driver.
 */
import type * as z from 'zod'
import type { Column } from '../../declare/columns.ts'
import type { InputTable, WrittenFile } from '../../engine/data-file.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { Range, RangeValue } from '../../relation/range.ts'
import type { Storage } from '../../storage/storage.ts'
import {
  emptySql,
  type KeptStats,
  type ResultRow,
  type SampleRow,
  type SessionDialect,
  type SqlSession,
} from '../sql/sql-session.ts'
import type { DriverStatements } from './driver/sql-session.ts'
import type { Uris } from './protocol/hadoop-uris.ts'
import { outputSpec, tableSpec } from './protocol/job-requests.ts'
import { writtenFile } from './protocol/job-results.ts'
import {
  filesWritten,
  rowsFound,
  type StagedTableStats,
  stagedTableStats,
  unexpectedResult,
} from './protocol/schema/results.ts'
import { checkWritten } from './protocol/written-files.ts'
import { sparkRowChecks } from './sql/row-checks.ts'
import { sparkDialect } from './sql/spark-dialect.ts'
import { sparkIdentifier, sparkType } from './sql/spark-sql.ts'

const DIALECT: SessionDialect = {
  expressions: sparkDialect,
  identifier: sparkIdentifier,
  typeName: sparkType,
  copies: ({ columns, table, count }) =>
    `SELECT ${columns} FROM (SELECT *, explode(sequence(CAST(1 AS BIGINT), ${count})) FROM ${table} WHERE ${count} > 0)`,
  rowChecks: sparkRowChecks,
}

/**
 * Below this many rows, a statement to leave rows out, which takes Spark about a second, costs more
 * than it saves.
 */
const LARGE = 5_000_000

/** Where a session reads and writes. */
interface SessionStorage {
  readonly lake: Storage
  readonly uris: Uris
  /**
   * The directory for written files, in the form of `Storage.locate`. It does not exist yet.
   * Undefined for a session that writes none.
   */
  readonly directory?: string
}

/** Kept tables are checkpointed in Spark's executors, and dropped when the session ends. */
export class SparkSqlSession implements SqlSession {
  readonly dialect = DIALECT
  readonly worth = { minRowsToSkip: LARGE, minRowsToSplit: LARGE }
  readonly #statements: DriverStatements
  readonly #storage: SessionStorage
  /** Table and whether its rows have their file, as JSON -> the view of its files. */
  readonly #views = new Map<string, string>()
  /** Name of a file as Spark got it -> its location. */
  readonly #locations = new Map<string, string>()

  constructor(statements: DriverStatements, storage: SessionStorage) {
    this.#statements = statements
    this.#storage = storage
  }

  files(table: InputTable): string {
    return table.files.length === 0 ? `(${emptySql(DIALECT, table.columns)})` : this.#view(table, false)
  }

  filesNamed(table: InputTable): string {
    for (const file of table.files) this.#locations.set(file, file)
    return this.#view(table, true)
  }

  /** Some releases of Hadoop escape special characters in a file's name, and others do not. */
  locationOf(file: string): string {
    const path = this.#storage.uris.fromHadoop(file)
    const location = this.#locations.get(path) ?? this.#locations.get(unescaped(path))
    if (location === undefined) throw new Error(`Spark read ${file}, which it was not given`)
    return location
  }

  async query(selects: readonly string[]): Promise<readonly (readonly ResultRow[])[]> {
    const results = selects.map(async (sql) =>
      parseResult(rowsFound, await this.#statements.query({ do: 'rows', sql })),
    )
    return Promise.all(results)
  }

  samples(selects: readonly string[]): Promise<readonly (readonly SampleRow[])[]> {
    return this.query(selects)
  }

  async keep(name: string, sql: string): Promise<void> {
    this.#statements.execute({ do: 'keep', name, sql, columns: null })
  }

  async keepDeclared(name: string, sql: string, columns: readonly Column[]): Promise<void> {
    this.#statements.execute({
      do: 'keep',
      name,
      sql,
      columns: tableSpec({ columns, files: [] }, this.#storage.uris).columns,
    })
  }

  async keepTexts(name: string, values: readonly string[]): Promise<void> {
    this.#statements.execute({ do: 'texts', name, values: [...values] })
  }

  async view(name: string, sql: string): Promise<void> {
    this.#statements.execute({ do: 'view', name, sql })
  }

  reuse(name: string, sql: string): Promise<void> {
    return this.keep(name, sql)
  }

  async keepMeasured(name: string, sql: string): Promise<KeptStats> {
    await this.keep(name, sql)
    const { rows, columns } = parseResult(stagedTableStats, await this.#statements.query({ do: 'stats', table: name }))
    return { rows, ranges: columns.map(rangeOf) }
  }

  async write(sql: string, asset: ResolvedTable): Promise<readonly WrittenFile[]> {
    const { lake, uris, directory } = this.#storage
    if (directory === undefined) throw new Error('a session without a directory cannot write files')
    const output = outputSpec(asset, { uris, directory })
    const files = parseResult(filesWritten, await this.#statements.query({ do: 'write', sql, output }))
    const written = files.map((file) => writtenFile(asset, file, uris))
    return checkWritten(written, { lake, directories: [directory] })
  }

  #view(input: InputTable, withFile: boolean): string {
    const table = tableSpec(input, this.#storage.uris)
    const key = JSON.stringify([table, withFile])
    const known = this.#views.get(key)
    if (known !== undefined) return known
    const name = `files_${this.#views.size}`
    this.#views.set(key, name)
    this.#statements.execute({ do: 'read', name, table, withFile })
    return name
  }
}

function parseResult<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw unexpectedResult(parsed.error)
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function rangeOf({ type, nulls, min, max }: StagedTableStats['columns'][number]): Range {
  const [least, greatest] = [bound(min, type), bound(max, type)]
  return { ...(least !== undefined && { min: least }), ...(greatest !== undefined && { max: greatest }), nulls }
}

function bound(value: string | number | boolean | null, type: string): RangeValue | undefined {
  if (value === null) return undefined
  if (type === 'bigint' || type === 'timestamp') return BigInt(value)
  return type === 'date' && !/^\d{4}-\d\d-\d\d$/.test(String(value)) ? undefined : value
}
