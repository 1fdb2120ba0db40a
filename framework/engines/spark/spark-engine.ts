/** The Spark engine: turns each request into a step of the PySpark job, or into a SQL session. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type * as z from 'zod'
import type { BuildRequest, BuildResult, CheckRequest } from '../../engine/build-request.ts'
import type { CheckFailure } from '../../engine/check-failure.ts'
import type { InputTable, WrittenFile } from '../../engine/data-file.ts'
import type { Engine } from '../../engine/engine.ts'
import type { AffectedRequest, Followed, IncrementRequest, IncrementResult } from '../../engine/increment.ts'
import type { IngestRequest, IngestResult } from '../../engine/ingest.ts'
import { LakeError } from '../../errors.ts'
import type { ResolvedAsset, ResolvedSource, ResolvedTable } from '../../graph/resolved-asset.ts'
import type { FileKeys } from '../../ingest/keys/file-keys.ts'
import { type ManifestEntry, UNSETTLED } from '../../ingest/manifest-entry.ts'
import { isNamedCompressed } from '../../ingest/unpack/compressed-names.ts'
import type { Fingerprint } from '../../observe/fingerprint.ts'
import { isLocal } from '../../storage/is-local.ts'
import type { Storage, StoredFile } from '../../storage/storage.ts'
import { assetSql } from '../sql/asset-sql.ts'
import { increment } from '../sql/increment/increment.ts'
import { checksNotRun, incrementFailed, queryFailed } from '../sql/query-failure.ts'
import { checkTable } from '../sql/table-checks.ts'
import { type DriverPool, QueryFault } from './driver/driver-pool.ts'
import { DriverStatements, StatementsLost } from './driver/sql-session.ts'
import type { Uris } from './protocol/hadoop-uris.ts'
import { buildSpec, fingerprintSpec, ingestSpec, type StepOutput } from './protocol/job-requests.ts'
import { fingerprintOf, sparkFingerprintAlgorithm, writtenFile } from './protocol/job-results.ts'
import type { StepWatch } from './protocol/mailbox.ts'
import {
  built,
  fingerprinted,
  ingested,
  type JobProgress,
  unexpectedResult,
  type WrittenFileAudit,
} from './protocol/schema/results.ts'
import type { JobSpec } from './protocol/schema/specs.ts'
import { checkWritten } from './protocol/written-files.ts'
import { SparkSqlSession } from './spark-sql-session.ts'
import { sparkDialect } from './sql/spark-dialect.ts'

/** Where the engine reads and writes. */
interface SparkEngineOptions {
  readonly lake: Storage
  /** A directory of the lake for unpublished files. */
  readonly scratch: string
  /** The scratch directories of the dead runs whose results this run can adopt. */
  readonly adoptedScratch?: readonly string[]
  readonly uris: Uris
  /** Opens the engine for sources whose files the job does not read. */
  readonly embedded?: () => Promise<Engine>
}

export class SparkEngine implements Engine {
  readonly name = 'spark'
  readonly #jobs: DriverPool
  readonly #options: SparkEngineOptions
  #embedded: Promise<Engine> | undefined

  constructor(jobs: DriverPool, options: SparkEngineOptions) {
    this.#jobs = jobs
    this.#options = options
  }

  async build(request: BuildRequest): Promise<BuildResult> {
    const { asset, signal, progress } = request
    const output = this.#freshOutput(request)
    const report = progress && ((tasks: JobProgress) => progress({ ...tasks, unit: 'tasks' }))
    const step = { spec: buildSpec(request, output), value: built, signal, progress: report }
    const { files, checks } = await this.#run(asset, step)
    return { files: await this.#written(asset, files, output), checks }
  }

  /** Begins again once if the driver was lost. */
  async increment(request: IncrementRequest): Promise<Followed<IncrementResult>> {
    try {
      return await this.#increment(request)
    } catch (error) {
      if (error instanceof StatementsLost) return this.#increment(request)
      throw error
    }
  }

  async #increment(request: IncrementRequest): Promise<Followed<IncrementResult>> {
    try {
      return await this.#withSession(request, (session) => increment(session, request), this.#freshOutput(request))
    } catch (error) {
      if (!(error instanceof QueryFault)) throw error
      const { asset } = request
      throw incrementFailed(asset, { reason: error.message, sql: assetSql(asset, sparkDialect) })
    }
  }

  async check(request: CheckRequest): Promise<readonly CheckFailure[]> {
    const { asset } = request
    const runChecks = () => this.#withSession(request, (session) => checkTable(session, request))
    try {
      return await runChecks().catch((error) => {
        if (error instanceof StatementsLost) return runChecks()
        throw error
      })
    } catch (error) {
      if (!(error instanceof QueryFault)) throw error
      throw checksNotRun(asset, { reason: error.message })
    }
  }

  async #withSession<Value>(
    { asset, signal }: AffectedRequest | CheckRequest,
    work: (session: SparkSqlSession) => Promise<Value>,
    output?: StepOutput,
  ): Promise<Value> {
    const { lake, uris } = this.#options
    const statements = new DriverStatements(this.#jobs, asset.key, signal)
    try {
      return await work(new SparkSqlSession(statements, { lake, uris, ...output }))
    } finally {
      await statements.end()
    }
  }

  /** The job reads lines of JSON. The embedded engine reads all other formats. */
  async engineFor({ declared }: ResolvedSource, files: readonly StoredFile[]): Promise<Engine> {
    const isRead =
      !declared.rows && declared.format.kind === 'json-lines' && !files.some(({ path }) => isNamedCompressed(path))
    return isRead ? this : this.#openEmbedded()
  }

  #openEmbedded(): Promise<Engine> {
    const { embedded } = this.#options
    if (!embedded) throw new Error('this Spark engine was opened without an embedded engine')
    this.#embedded ??= embedded()
    return this.#embedded
  }

  async ingest(request: IngestRequest): Promise<IngestResult> {
    const { source, files, signal } = request
    const output = this.#freshOutput(request)
    const spec = ingestSpec(request, output)
    const result = await this.#run(source, { spec, value: ingested, signal })
    refuseChangedSource(request, result.changed)
    if (result.compressed.length > 0) return (await this.#openEmbedded()).ingest(request)
    request.progress(files.length)
    return {
      files: await this.#written(source, result.files, output),
      read: await entriesOf(request, result.read),
      rejects: result.rejects,
    }
  }

  fingerprintAlgorithm(primaryKey: readonly string[]): string {
    return sparkFingerprintAlgorithm(primaryKey)
  }

  async fingerprints(
    asset: ResolvedAsset,
    files: readonly string[],
    rows?: InputTable['rows'],
  ): Promise<readonly Fingerprint[]> {
    if (files.length === 0) return []
    const spec = fingerprintSpec(asset, { files, rows }, this.#options.uris)
    const result = await this.#run(asset, { spec, value: fingerprinted, signal: new AbortController().signal })
    return result.files.map((audit) => fingerprintOf(asset, audit))
  }

  async close(): Promise<void> {
    await this.#jobs.close()
    await (await this.#embedded)?.close()
  }

  #written(
    asset: ResolvedAsset,
    files: readonly WrittenFileAudit[],
    { directory }: StepOutput,
  ): Promise<readonly WrittenFile[]> {
    const { lake, adoptedScratch = [], uris } = this.#options
    return checkWritten(
      files.map((file) => writtenFile(asset, file, uris)),
      { lake, directories: [directory, ...adoptedScratch.map(lake.locate)] },
    )
  }

  /**
   * A new directory for a step's files: below the request's directory if the lake is on this
   * machine, else in the lake.
   */
  #freshOutput({ directory }: { readonly directory: string }): StepOutput {
    const { lake, scratch, uris } = this.#options
    const name = `files-${randomUUID()}`
    return { uris, directory: isLocal(lake) ? join(directory, name) : lake.locate(`${scratch}/${name}`) }
  }

  async #run<Schema extends z.ZodType>(
    asset: ResolvedAsset,
    step: StepWatch & { readonly spec: JobSpec; readonly value: Schema },
  ): Promise<z.output<Schema>> {
    const value = await this.#jobs.run(asset.key, step.spec, step).catch((error) => {
      if (error instanceof QueryFault && asset.kind === 'table') throw failedQuery(asset, step.spec, error)
      throw error
    })
    const parsed = step.value.safeParse(value)
    if (parsed.success) return parsed.data
    throw unexpectedResult(parsed.error)
  }
}

function failedQuery(asset: ResolvedTable, spec: JobSpec, { message: reason }: QueryFault): LakeError {
  return queryFailed(asset, { reason, sql: spec.kind === 'build' ? spec.sql : '' })
}

function refuseChangedSource({ source }: IngestRequest, changed: readonly string[]): void {
  const [first] = changed
  if (first === undefined) return
  throw new LakeError('source-changed', {
    problem: `${source.key}: ${first} changed or was deleted while it was being read. Nothing was published`,
    remedy: 'Run again when no other program writes to it.',
    asset: source.key,
  })
}

interface ReadCounts {
  readonly path: string
  readonly size: number
  readonly rows: number
  readonly rejected: number
  readonly keys: FileKeys | null
}

/**
 * The job sees no etags. If a file is listed with the same etag before and after the job, the job
 * has read the content with this etag. Other files are recorded as unsettled, and so are files that
 * can change without a change of their etag.
 */
async function entriesOf(
  { storage, files, listed }: IngestRequest,
  read: readonly ReadCounts[],
): Promise<readonly ManifestEntry[]> {
  if (read.length === 0) return []
  const before = new Map(files.map(({ path, etag }) => [path, etag]))
  const after = new Map((await storage.list('', listed.paths())).map(({ path, etag }) => [path, etag]))
  const settled = await settledPaths(storage, read)
  return read.map(({ path, size, rows, rejected, keys }) => {
    const etag = before.get(path)
    const isSame = etag !== undefined && after.get(path) === etag && settled.has(path)
    return { path, size, rows, rejected, etag: isSame ? etag : UNSETTLED, ...(keys && { keys }) }
  })
}

/**
 * The etag of an object is that of its content. The etag of a local file contains its time of
 * change, which is reliable only after a while.
 */
async function settledPaths(storage: Storage, read: readonly ReadCounts[]): Promise<ReadonlySet<string>> {
  if (!isLocal(storage)) return new Set(read.map(({ path }) => path))
  const settled = new Set<string>()
  for (const { path } of read) if ((await storage.stream(path))?.settled) settled.add(path)
  return settled
}
