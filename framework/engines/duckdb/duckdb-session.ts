import { availableParallelism, totalmem } from 'node:os'
import { type DuckDBConnection, DuckDBInstance, type DuckDBResultReader, type DuckDBValue } from '@duckdb/node-api'

export interface DuckDbSettings {
  /** What DuckDB may hold in memory before it spills to disk, as `600MB`. */
  readonly memoryLimit: string
  readonly threads: number
}

/** Small enough to share a laptop with other programs, large enough for millions of rows. */
export function defaultSettings(): DuckDbSettings {
  const megabytes = Math.min(4096, Math.max(512, Math.floor(totalmem() / 1e6 / 40)))
  return { memoryLimit: `${megabytes}MB`, threads: availableParallelism() }
}

export type SqlRow = Readonly<Record<string, DuckDBValue>>

/** An in-memory DuckDB, in UTC. Every job works on a connection of its own, whose views nobody else sees. */
export class DuckDbSession {
  readonly #instance: DuckDBInstance

  private constructor(instance: DuckDBInstance) {
    this.#instance = instance
  }

  /** Spilled data goes to `temporary`, an existing local directory. */
  static async open(settings: DuckDbSettings, temporary: string): Promise<DuckDbSession> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(settings.threads),
      memory_limit: settings.memoryLimit,
      temp_directory: temporary,
      // What a table holds is its files, never a setting or an extension of the machine that it happens to be read on.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
    return new DuckDbSession(instance)
  }

  /** Runs `job` on a fresh connection; an abort interrupts the statement that is running. */
  async withConnection<Result>(job: (db: DuckDb) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const connection = await this.#instance.connect()
    const interrupt = () => connection.interrupt()
    signal?.addEventListener('abort', interrupt)
    try {
      const db = new DuckDb(connection)
      await db.run("SET TimeZone = 'UTC'")
      signal?.throwIfAborted()
      return await job(db)
    } finally {
      signal?.removeEventListener('abort', interrupt)
      connection.closeSync()
    }
  }

  close(): void {
    this.#instance.closeSync()
  }
}

/** DuckDB refused a statement, or failed at it. The message is DuckDB's own. */
export class StatementFailed extends Error {
  override readonly name = 'StatementFailed'

  static from(cause: unknown): StatementFailed {
    return new StatementFailed(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

/** SQL over one connection. What goes wrong is a StatementFailed. */
export class DuckDb {
  readonly connection: DuckDBConnection

  constructor(connection: DuckDBConnection) {
    this.connection = connection
  }

  async run(sql: string): Promise<void> {
    try {
      await this.connection.run(sql)
    } catch (cause) {
      throw StatementFailed.from(cause)
    }
  }

  async rows(sql: string): Promise<readonly SqlRow[]> {
    return (await this.#read(sql)).getRowObjects()
  }

  /** The rows with values that JSON can hold. */
  async jsonRows(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return (await this.#read(sql)).getRowObjectsJson()
  }

  async #read(sql: string): Promise<DuckDBResultReader> {
    try {
      return await this.connection.runAndReadAll(sql)
    } catch (cause) {
      throw StatementFailed.from(cause)
    }
  }
}
