/** Opens DuckDB, and runs statements over its connections. */

import { mkdtempSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  type DuckDBValue,
} from '@duckdb/node-api'
import type { PlainValue } from '../../engine/json-value.ts'
import { messageOf } from '../../errors.ts'
import type { LocalCopies } from '../../storage/storage.ts'
import { continued } from '../../text/printable.ts'
import { fetchNamed } from './engine-over-copies.ts'
import { keepByteOrderMarks } from './functions/exact-texts.ts'
import { registerXxhash64 } from './functions/xxhash64.ts'
import { plainRow } from './queries/json-value.ts'

export interface DuckDbSettings {
  /** Maximum memory before DuckDB spills to disk, such as `600MB`. */
  readonly memoryLimit: string
  readonly threads: number
}

keepByteOrderMarks()

/** Small enough to share a laptop with other programs, large enough for millions of rows. */
export function defaultSettings(): DuckDbSettings {
  const megabytes = Math.min(4096, Math.max(512, Math.floor(totalmem() / 1e6 / 40)))
  return { memoryLimit: `${megabytes}MB`, threads: availableParallelism() }
}

/** How often a statement's progress is read, in milliseconds. */
const LOOK_EVERY_MS = 500

/** How long a statement can go on after it missed an interrupt, in milliseconds. */
const INTERRUPT_EVERY_MS = 50

export type SqlRow = Readonly<Record<string, DuckDBValue>>

/**
 * An in-memory DuckDB, in UTC. Each job has its own connection, with views that no other job sees.
 */
export class DuckDbSession {
  readonly settings: DuckDbSettings
  readonly #instance: DuckDBInstance
  readonly #temporary: string
  readonly #copies: LocalCopies | undefined

  private constructor(
    instance: DuckDBInstance,
    { settings, temporary, copies }: { settings: DuckDbSettings; temporary: string; copies: LocalCopies | undefined },
  ) {
    this.#instance = instance
    this.settings = settings
    this.#temporary = temporary
    this.#copies = copies
  }

  /**
   * Spilled data goes to `temporary`, an existing local directory. A file that a statement names by
   * its path in `copies` is fetched before the statement runs, so that a run fetches only what it
   * reads.
   */
  static async open(settings: DuckDbSettings, temporary: string, copies?: LocalCopies): Promise<DuckDbSession> {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(settings.threads),
      memory_limit: settings.memoryLimit,
      temp_directory: temporary,
      // The system caches files already. A cache of DuckDB's own takes memory, and more time than
      // it saves.
      enable_external_file_cache: 'false',
      // Results must depend only on the files, and not on extensions of this machine.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    })
    const connection = await instance.connect()
    await connection.run("SET GLOBAL TimeZone = 'UTC'")
    await registerXxhash64(connection)
    connection.closeSync()
    return new DuckDbSession(instance, { settings, temporary, copies })
  }

  /**
   * Opens another DuckDB, in which each statement runs on one thread. Several connections can then
   * use the cores without waiting for each other. It spills to its own directory, because two
   * instances would give their files the same names.
   */
  besides(): Promise<DuckDbSession> {
    const temporary = mkdtempSync(join(this.#temporary, 'besides-'))
    return DuckDbSession.open({ ...this.settings, threads: 1 }, temporary, this.#copies)
  }

  /** Runs `job` on a fresh connection; an abort interrupts its statements. */
  async withConnection<Result>(job: (db: DuckDb) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const connection = await this.#instance.connect()
    try {
      const db = new DuckDb(connection, this.#copies)
      signal?.throwIfAborted()
      return await (signal ? db.interruptible(() => job(db), signal) : job(db))
    } finally {
      connection.closeSync()
    }
  }

  close(): void {
    this.#instance.closeSync()
  }
}

/**
 * Thrown if DuckDB refuses a statement, or fails at it. The message is DuckDB's own, with its lines
 * indented.
 */
export class StatementFailed extends Error {
  override readonly name = 'StatementFailed'

  static from(cause: unknown): StatementFailed {
    return new StatementFailed(continued(messageOf(cause)), { cause })
  }
}

/** Runs SQL over one connection. Throws StatementFailed. */
export class DuckDb {
  readonly connection: DuckDBConnection
  /** Whether DuckDB counts the rows of statements. */
  #counts = false
  readonly #copies: LocalCopies | undefined

  constructor(connection: DuckDBConnection, copies?: LocalCopies) {
    this.connection = connection
    this.#copies = copies
  }

  /**
   * Interrupts the statements of the job after an abort, repeatedly until the job ends, because
   * DuckDB loses an interrupt that comes just before a statement begins.
   */
  async interruptible<Result>(job: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    let interrupting: NodeJS.Timeout | undefined
    const interrupt = () => {
      this.connection.interrupt()
      interrupting = setInterval(() => this.connection.interrupt(), INTERRUPT_EVERY_MS)
    }
    signal.addEventListener('abort', interrupt)
    try {
      return await job()
    } finally {
      signal.removeEventListener('abort', interrupt)
      clearInterval(interrupting)
    }
  }

  /**
   * Reports how many rows the job's current statement has processed, and how many DuckDB expects in
   * total.
   */
  async watched<Result>(report: (done: number, total: number) => void, job: () => Promise<Result>): Promise<Result> {
    // DuckDB counts the rows of a statement only if the progress bar is on.
    if (!this.#counts) await this.run('SET enable_progress_bar = true; SET enable_progress_bar_print = false')
    this.#counts = true
    const looking = setInterval(() => {
      const { rows_processed, total_rows_to_process } = this.connection.progress
      if (total_rows_to_process > 0n) report(Number(rows_processed), Number(total_rows_to_process))
    }, LOOK_EVERY_MS)
    try {
      return await job()
    } finally {
      clearInterval(looking)
    }
  }

  async run(sql: string): Promise<void> {
    await this.#run(sql)
  }

  async rows(sql: string): Promise<readonly SqlRow[]> {
    const result = await this.#run(sql)
    const names = result.deduplicatedColumnNames()
    // The chunks are in memory already, so no other thread has to fetch them.
    const chunks = Array.from({ length: result.chunkCount }, (_, index) => result.getChunk(index))
    return chunks.flatMap((chunk) =>
      chunk.getRows().map((values) => Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]))),
    )
  }

  /** The rows with values that text and JSON can hold. */
  async plainRows(sql: string): Promise<readonly Readonly<Record<string, PlainValue>>[]> {
    return (await this.rows(sql)).map(plainRow)
  }

  async #run(sql: string): Promise<DuckDBMaterializedResult> {
    if (this.#copies) await fetchNamed(this.#copies, sql)
    try {
      return await this.connection.run(sql)
    } catch (cause) {
      throw StatementFailed.from(cause)
    }
  }
}
