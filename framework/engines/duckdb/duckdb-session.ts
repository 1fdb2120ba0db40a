import { availableParallelism, totalmem } from 'node:os'
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'

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

/** SQL over one connection. */
export class DuckDb {
  readonly connection: DuckDBConnection

  constructor(connection: DuckDBConnection) {
    this.connection = connection
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql)
  }

  async rows(sql: string): Promise<readonly SqlRow[]> {
    const reader = await this.connection.runAndReadAll(sql)
    return reader.getRowObjects()
  }
}
