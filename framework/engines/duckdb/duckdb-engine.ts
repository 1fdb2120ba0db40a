/** The embedded engine: computes rows with DuckDB in this process. */
import { join } from 'node:path'
import type { BuildRequest, BuildResult, CheckRequest } from '../../engine/build-request.ts'
import type { CheckFailure } from '../../engine/check-failure.ts'
import type { CompareRequest, Comparison } from '../../engine/compare.ts'
import type { InputTable } from '../../engine/data-file.ts'
import type { LocalEngine, UnreadableFile } from '../../engine/engine.ts'
import type {
  AffectedRequest,
  Followed,
  IncrementPreview,
  IncrementRequest,
  IncrementResult,
} from '../../engine/increment.ts'
import type { IngestRequest, IngestResult, Recovered, RecoverRequest } from '../../engine/ingest.ts'
import type { MergeRequest, MergeResult } from '../../engine/rows/merge-rows.ts'
import { LakeError } from '../../errors.ts'
import type { ResolvedAsset, ResolvedSource } from '../../graph/resolved-asset.ts'
import type { Fingerprint } from '../../observe/fingerprint.ts'
import { makeDirectory } from '../../storage/local/make-directory.ts'
import type { LocalCopies } from '../../storage/storage.ts'
import { assetSql } from '../sql/asset-sql.ts'
import { increment, previewIncrement } from '../sql/increment/increment.ts'
import { inputOfFiles } from '../sql/increment/input-of-files.ts'
import { checksNotRun, incrementFailed, queryFailed } from '../sql/query-failure.ts'
import type { SqlSession } from '../sql/sql-session.ts'
import { checkTable } from '../sql/table-checks.ts'
import { auditFiles, auditTable, duckdbFingerprintAlgorithm } from './audit.ts'
import { checkTypes } from './check-types.ts'
import { compareRows } from './compare-rows.ts'
import { duckdbDialect } from './duckdb-dialect.ts'
import { type DuckDb, DuckDbSession, type DuckDbSettings, StatementFailed } from './duckdb-session.ts'
import { DuckDbSqlSession } from './duckdb-sql-session.ts'
import { failingLines } from './failing-lines.ts'
import { damagedFile, mayBeDamage } from './files/damaged-file.ts'
import { type CopiedFile, copyToParquet } from './files/parquet-writer.ts'
import { ingestFiles, recoverRows } from './ingest/ingest-files.ts'
import { mergeRows } from './ingest/merge-rows.ts'
import { DuckDbQueries } from './queries/duckdb-queries.ts'
import { SharedTables } from './shared-tables.ts'
import { inputSql } from './sql.ts'

/**
 * Maximum number of rows that DuckDB reads with one thread. A query over them usually ends before
 * its progress would be reported.
 */
const FEW_ROWS = 10_000

/** Minimum number of small builds at which another DuckDB saves more time than it takes to open. */
const MANY_BUILDS = 8

const isSmall = ({ inputRows }: BuildRequest): boolean => inputRows !== undefined && inputRows <= FEW_ROWS

/** Opens DuckDB with the first request. */
export class DuckDbEngine implements LocalEngine {
  readonly name = 'duckdb'
  readonly #settings: DuckDbSettings
  readonly #temporary: string
  readonly #copies: LocalCopies | undefined
  #shared = new SharedTables()
  #session: Promise<DuckDbSession> | undefined
  /** A DuckDB of one thread, for small builds. */
  #small: Promise<DuckDbSession> | undefined
  #smallBuilds = 0

  /**
   * `temporary` is a local directory for spilled data, which is created when it is needed. `copies`
   * are the local copies of a lake that is not on this machine.
   */
  constructor(settings: DuckDbSettings, temporary: string, copies?: LocalCopies) {
    this.#copies = copies
    this.#settings = settings
    this.#temporary = temporary
  }

  async build(request: BuildRequest): Promise<BuildResult> {
    const { asset, inputs, referenced, signal, progress } = request
    const session = await this.#openFor(request)
    return session.withConnection(async (db) => {
      const watched = <Result>(phase: 'query' | 'checks', job: () => Promise<Result>) =>
        progress && !isSmall(request)
          ? db.watched((done, total) => progress({ done, total, unit: 'rows', phase }), job)
          : job()
      const querying = watched('query', () => runQuery(db, request))
      const copied = await explained(querying, async (failed) => {
        const sql = assetSql(asset, duckdbDialect)
        const lines = await failingLines(db, asset, { sql, inputs, failed, signal })
        return queryFailed(asset, { reason: failed.message, sql, lines })
      })
      const checking = watched('checks', () => auditTable(db, asset, copied, referenced))
      return explained(checking, ({ message: reason }) =>
        checksNotRun(asset, { reason, sql: assetSql(asset, duckdbDialect) }),
      )
    }, signal)
  }

  increment(request: IncrementRequest): Promise<Followed<IncrementResult>> {
    return this.#withSqlSession(request, request.directory, increment)
  }

  preview(request: AffectedRequest): Promise<Followed<IncrementPreview>> {
    return this.#withSqlSession(request, undefined, previewIncrement)
  }

  /** `directory` is for written files; undefined for work that writes none. */
  async #withSqlSession<Value>(
    request: AffectedRequest,
    directory: string | undefined,
    work: (session: SqlSession, request: AffectedRequest) => Promise<Value>,
  ): Promise<Value> {
    const { asset, signal } = request
    const sql = assetSql(asset, duckdbDialect)
    const session = await this.#open()
    const made =
      <Value>(make: (own: SqlSession, name: string) => Promise<Value>) =>
      (name: string) =>
        session.withConnection((db) => make(new DuckDbSqlSession(db, { shared: true }), name), signal)
    const shareTables: SqlSession['shareTables'] = (cacheKey, make) => this.#shared.share(cacheKey, made(make))
    const shareIfRequestedBefore: SqlSession['shareIfRequestedBefore'] = (cacheKey, make) =>
      this.#shared.shareIfRequestedBefore(cacheKey, request, made(make))
    return session.withConnection(
      (db) =>
        explained(
          work(new DuckDbSqlSession(db, { directory, shareTables, shareIfRequestedBefore }), request),
          async (failed) => {
            const inputs = inputsAfter(request)
            const lines = await session.withConnection(
              (own) => failingLines(own, asset, { sql, inputs, failed, signal }),
              signal,
            )
            return incrementFailed(asset, { reason: failed.message, sql, lines })
          },
        ),
      signal,
    )
  }

  async check(request: CheckRequest): Promise<readonly CheckFailure[]> {
    const { asset, signal } = request
    const session = await this.#open()
    return session.withConnection(
      (db) =>
        explained(checkTable(new DuckDbQueries(db), request), ({ message: reason }) => checksNotRun(asset, { reason })),
      signal,
    )
  }

  async ingest(request: IngestRequest): Promise<IngestResult> {
    const { source, directory } = request
    const packed = join(directory, 'packed')
    makeDirectory(packed)
    return explained(ingestFiles(await this.#open(), request, packed), ({ message }) => notStored(source, message))
  }

  async recover(request: RecoverRequest): Promise<Recovered> {
    const { source, signal } = request
    const session = await this.#open()
    return session.withConnection(
      (db) => explained(recoverRows(db, request), ({ message }) => notStored(source, message)),
      signal,
    )
  }

  async mergeRows(request: MergeRequest): Promise<MergeResult> {
    return explained(mergeRows(await this.#open(), request), ({ message }) => notStored(request.source, message))
  }

  fingerprintAlgorithm(primaryKey: readonly string[]): string {
    return duckdbFingerprintAlgorithm(primaryKey)
  }

  async fingerprints(
    asset: ResolvedAsset,
    files: readonly string[],
    rows?: InputTable['rows'],
  ): Promise<readonly Fingerprint[]> {
    const session = await this.#open()
    const { columns, primaryKey } = asset
    const audited = { files, columns, primaryKey, ...(rows && { rows }) }
    return session.withConnection(async (db) => (await auditFiles(db, audited)).fingerprints)
  }

  async unreadableFile(files: readonly string[], error: unknown): Promise<UnreadableFile | undefined> {
    if (!mayBeDamage(error)) return undefined
    const session = await this.#open()
    return session.withConnection((db) => damagedFile(db, files))
  }

  async compare(request: CompareRequest): Promise<Comparison> {
    const session = await this.#open()
    return session.withConnection(
      (db) =>
        explained(
          compareRows(db, request),
          ({ message }) =>
            new LakeError('corrupt-table', {
              problem: `the rows could not be compared: ${message}`,
              remedy: 'Restore the files from a backup, or run `lake materialize KEY --full` to write them again.',
            }),
        ),
      request.signal,
    )
  }

  async close(): Promise<void> {
    for (const session of await Promise.all([this.#small, this.#session])) session?.close()
    this.#small = undefined
    this.#session = undefined
    this.#shared = new SharedTables()
  }

  /** Many small builds take less time if DuckDB does not divide each among threads. */
  #openFor(request: BuildRequest): Promise<DuckDbSession> {
    if (!isSmall(request)) return this.#open()
    this.#smallBuilds += 1
    if (this.#smallBuilds <= MANY_BUILDS) return this.#open()
    this.#small ??= this.#open().then((session) => session.besides())
    return this.#small
  }

  #open(): Promise<DuckDbSession> {
    this.#session ??= this.#start()
    return this.#session
  }

  async #start(): Promise<DuckDbSession> {
    makeDirectory(this.#temporary)
    return DuckDbSession.open(this.#settings, this.#temporary, this.#copies)
  }
}

const notStored = ({ key }: ResolvedSource, reason: string): LakeError =>
  new LakeError('storage', {
    problem: `the rows of ${key} could not be stored: ${reason}. Nothing was published`,
    remedy: 'Remove the cause, such as a full disk or too little memory, then run again.',
    asset: key,
  })

/**
 * Turns a statement that DuckDB refused into an error for the user. Other errors are bugs, and pass
 * through unchanged.
 */
async function explained<Value>(
  work: Promise<Value>,
  explain: (failed: StatementFailed) => LakeError | Promise<LakeError>,
): Promise<Value> {
  try {
    return await work
  } catch (error) {
    if (error instanceof StatementFailed) throw await explain(error)
    throw error
  }
}

/** The current rows of the upstreams. */
function inputsAfter({ inputs }: AffectedRequest): BuildRequest['inputs'] {
  return new Map([...inputs].map(([alias, { columns, after }]) => [alias, inputOfFiles(columns, after)]))
}

async function runQuery(
  db: DuckDb,
  { asset, inputs, partitions, directory }: BuildRequest,
): Promise<readonly CopiedFile[]> {
  const { columns, partitionBy } = asset
  // Naming the files in the query takes less time than making views of them.
  const sql = assetSql(asset, duckdbDialect, (alias) => {
    const input = inputs.get(alias)
    if (!input) throw new Error(`${asset.key} has no upstream ${alias}`)
    return inputSql(input)
  })
  await checkTypes(db, columns, sql)
  return copyToParquet(db, sql, { columns, partitionBy, directory, ...(partitions !== undefined && { partitions }) })
}
