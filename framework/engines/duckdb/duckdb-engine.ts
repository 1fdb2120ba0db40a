/** The embedded engine: computes rows with DuckDB in this process. */
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Column } from '../../declare/columns.ts'
import type { BuildRequest, BuildResult, CheckRequest } from '../../engine/build.ts'
import type { CheckFailure } from '../../engine/check-failure.ts'
import type { CompareRequest, Comparison } from '../../engine/compare.ts'
import type { LocalEngine, UnreadableFile } from '../../engine/engine.ts'
import type { IncrementPreview, IncrementRequest, IncrementResult } from '../../engine/increment.ts'
import type { IngestRequest, IngestResult } from '../../engine/ingest.ts'
import { LakeError } from '../../errors.ts'
import type { ResolvedAsset, ResolvedTable } from '../../graph/resolved-asset.ts'
import { lineColumns } from '../../ingest/lines/line-columns.ts'
import type { ManifestEntry } from '../../ingest/manifest.ts'
import { batchBytes } from '../../ingest/pack/batch-size.ts'
import { type PackedBatch, packFiles } from '../../ingest/pack/pack.ts'
import type { RejectedLine } from '../../ingest/rejects.ts'
import type { Fingerprint } from '../../observe/fingerprint.ts'
import { makeDirectory } from '../../storage/local/make-directory.ts'
import type { LocalCopies } from '../../storage/storage.ts'
import { assetSql } from '../sql/asset-sql.ts'
import { increment, previewIncrement } from '../sql/increment.ts'
import { queryFailed, withFile } from '../sql/query-failure.ts'
import type { SqlSession } from '../sql/sql-session.ts'
import { checkTable } from '../sql/table-checks.ts'
import { type AuditResult, auditFiles, auditTable, fingerprintAlgorithm, withFingerprints } from './audit.ts'
import { checkTypes } from './check-types.ts'
import { compareRows } from './compare-rows.ts'
import { duckdbDialect } from './duckdb-dialect.ts'
import { type DuckDb, DuckDbSession, type DuckDbSettings, StatementFailed } from './duckdb-session.ts'
import { DuckDbSqlSession } from './duckdb-sql-session.ts'
import { damagedFile, mayBeDamage } from './files/damaged-file.ts'
import { type CopiedFile, type CopyTarget, copyToParquet } from './files/parquet-writer.ts'
import { DuckDbQueries } from './queries/duckdb-queries.ts'
import { duckdbType, identifier, inputSql, literalPath, textLiteral } from './sql.ts'

const MIB = 1024 * 1024
/** DuckDB's default limit for a JSON object. A longer line raises it. */
const MIN_OBJECT_BYTES = 16 * MIB

/** DuckDB is opened with the first request. */
export class DuckDbEngine implements LocalEngine {
  readonly name = 'duckdb'
  readonly #settings: DuckDbSettings
  readonly #temporary: string
  readonly #copies: LocalCopies | undefined
  #session: Promise<DuckDbSession> | undefined

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
    const { asset, inputs, referenced, directory, signal } = request
    const sql = assetSql(asset, duckdbDialect)
    const session = await this.#open()
    return session.withConnection(async (db) => {
      const copied = await explained(runQuery(db, asset, { sql, inputs, directory }), (reason) =>
        queryFailed(asset, `the query of ${withFile(asset)} failed: ${reason}\nThe query was:\n${sql}`, sql),
      )
      return explained(auditTable(db, asset, copied, referenced), (reason) =>
        queryFailed(asset, `the checks of ${withFile(asset)} could not be run: ${reason}`, sql),
      )
    }, signal)
  }

  increment(request: IncrementRequest): Promise<IncrementResult> {
    return this.#withSqlSession(request, increment)
  }

  preview(request: IncrementRequest): Promise<IncrementPreview> {
    return this.#withSqlSession(request, previewIncrement)
  }

  async #withSqlSession<Result>(
    request: IncrementRequest,
    work: (work: SqlSession, request: IncrementRequest) => Promise<Result>,
  ): Promise<Result> {
    const { asset, signal } = request
    const sql = assetSql(asset, duckdbDialect)
    const session = await this.#open()
    return session.withConnection(
      (db) =>
        explained(work(new DuckDbSqlSession(db, request.directory), request), (reason) =>
          queryFailed(asset, `the increment of ${withFile(asset)} failed: ${reason}\nThe query is:\n${sql}`, sql),
        ),
      signal,
    )
  }

  async check(request: CheckRequest): Promise<readonly CheckFailure[]> {
    const { asset, signal } = request
    const session = await this.#open()
    return session.withConnection(
      (db) =>
        explained(checkTable(new DuckDbQueries(db), request), (reason) =>
          queryFailed(asset, `the checks of ${withFile(asset)} could not be run: ${reason}`, ''),
        ),
      signal,
    )
  }

  async ingest(request: IngestRequest): Promise<IngestResult> {
    const { source, directory, signal } = request
    const packed = join(directory, 'packed')
    makeDirectory(packed)
    const session = await this.#open()
    return session.withConnection(
      (db) =>
        explained(loadFiles(db, request, packed), (reason) => {
          const message = `the rows of ${source.key} could not be stored: ${reason}. Nothing was published.`
          return new LakeError('storage', message, { asset: source.key })
        }),
      signal,
    )
  }

  fingerprintAlgorithm(primaryKey: readonly string[]): string {
    return fingerprintAlgorithm(primaryKey)
  }

  async fingerprints(asset: ResolvedAsset, files: readonly string[]): Promise<readonly Fingerprint[]> {
    const session = await this.#open()
    return session.withConnection(async (db) => (await audit(db, asset, files)).fingerprints)
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
          (reason) => new LakeError('corrupt-table', `the rows could not be compared: ${reason}`),
        ),
      request.signal,
    )
  }

  async close(): Promise<void> {
    const session = await this.#session
    session?.close()
    this.#session = undefined
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

const pathsOf = (files: readonly CopiedFile[]) => files.map(({ location }) => location)

function audit(db: DuckDb, { columns, primaryKey }: ResolvedAsset, files: readonly string[]): Promise<AuditResult> {
  return auditFiles(db, { files, columns, primaryKey }, [])
}

/** `packed` is an existing directory for packed lines that DuckDB will load. */
async function loadFiles(db: DuckDb, request: IngestRequest, packed: string): Promise<IngestResult> {
  const { source, signal } = request
  const target: CopyTarget = { columns: source.columns, partitionBy: [], directory: request.directory }
  const copied: CopiedFile[] = []
  const read: ManifestEntry[] = []
  const rejects: RejectedLine[] = []
  // Node packs the next batch while DuckDB writes the one before.
  let loading = observed(carryOver(db, request, target))
  try {
    const columns = lineColumns(source.columns)
    for await (const batch of packFiles({
      ...request,
      columns,
      directory: packed,
      batchBytes: batchBytes(request.files),
    })) {
      copied.push(...(await loading))
      signal.throwIfAborted()
      loading = observed(loadBatch(db, batch, target))
      for (const file of batch.files) read.push(file)
      for (const reject of batch.rejects) rejects.push(reject)
    }
  } finally {
    copied.push(...(await loading))
  }
  const files = withFingerprints(copied, await audit(db, source, pathsOf(copied)))
  return { files, read, rejects }
}

/** Keeps Node from ending on a rejection that comes before the caller awaits the promise. */
function observed<Value>(work: Promise<Value>): Promise<Value> {
  work.catch(() => undefined)
  return work
}

/** Copies rows of the rewritten data files, except those of changed and removed source files. */
async function carryOver(db: DuckDb, request: IngestRequest, target: CopyTarget): Promise<readonly CopiedFile[]> {
  const { rewritten, replacedPaths } = request
  if (rewritten.files.length === 0) return []
  await db.run('CREATE TEMP TABLE replaced (path VARCHAR)')
  for (let at = 0; at < replacedPaths.length; at += 10_000) {
    const values = replacedPaths.slice(at, at + 10_000).map((path) => `(${textLiteral(path)})`)
    await db.run(`INSERT INTO replaced VALUES ${values.join(', ')}`)
  }
  const kept = `SELECT rows.* FROM ${inputSql(rewritten)} AS rows ANTI JOIN replaced ON rows._file = replaced.path`
  return copyToParquet(db, kept, target)
}

async function loadBatch(db: DuckDb, batch: PackedBatch, target: CopyTarget): Promise<readonly CopiedFile[]> {
  const copied = batch.rows === 0 ? [] : await copyToParquet(db, packedSql(batch, target.columns), target)
  await unlink(batch.path)
  const rows = copied.reduce((sum, { stats }) => sum + stats.rows, 0)
  if (rows !== batch.rows) throw new Error(`${batch.rows} lines were packed, but DuckDB wrote ${rows} rows`)
  return copied
}

function packedSql(batch: PackedBatch, columns: readonly Column[]): string {
  // Decimals are packed as text, because DuckDB reads a JSON number as a double and would round it.
  const types = columns.map(({ name, type }) => {
    const packedType = type.kind === 'decimal' ? 'VARCHAR' : duckdbType(type)
    return `${textLiteral(name)}: ${textLiteral(packedType)}`
  })
  const maxObjectBytes = Math.max(MIN_OBJECT_BYTES, batch.longestLine + 1024)
  return (
    `SELECT * FROM read_json(${textLiteral(literalPath(batch.path))}, format = 'newline_delimited', ` +
    `maximum_object_size = ${maxObjectBytes}, columns = {${types.join(', ')}})`
  )
}

/**
 * Turns a statement that DuckDB refused into an error for the user. Other errors are bugs, and pass
 * unchanged.
 */
async function explained<Result>(work: Promise<Result>, explain: (reason: string) => LakeError): Promise<Result> {
  try {
    return await work
  } catch (error) {
    if (error instanceof StatementFailed) throw explain(error.message)
    throw error
  }
}

interface QueryRun {
  readonly sql: string
  readonly inputs: BuildRequest['inputs']
  readonly directory: string
}

async function runQuery(
  db: DuckDb,
  asset: ResolvedTable,
  { sql, inputs, directory }: QueryRun,
): Promise<readonly CopiedFile[]> {
  for (const [alias, input] of inputs) {
    const columns = input.columns.map(({ name }) => identifier(name)).join(', ')
    await db.run(`CREATE TEMP VIEW ${identifier(alias)} AS SELECT ${columns} FROM ${inputSql(input)}`)
  }
  await checkTypes(db, asset.columns, sql)
  return copyToParquet(db, sql, { columns: asset.columns, partitionBy: asset.partitionBy, directory })
}
