/**
 * Turns source files into the data files of their table. Node validates and packs records, and
 * DuckDB loads them. DuckDB itself reads Parquet files, including those of Delta tables.
 */
import type { StreamedFormat } from '../../../declare/format/file-format.ts'
import type { WrittenFile } from '../../../engine/data-file.ts'
import type { IngestRequest, IngestResult, Recovered, RecoverRequest } from '../../../engine/ingest.ts'
import type { ResolvedSource } from '../../../graph/resolved-asset.ts'
import { lineRules } from '../../../ingest/lines/line-columns.ts'
import { batchBytes } from '../../../ingest/pack/batch-size.ts'
import { type PackRequest, packFiles } from '../../../ingest/pack/pack.ts'
import { type PackingThreads, packingThreads, packOnThreads } from '../../../ingest/pack/threads/pack-on-threads.ts'
import { contentBytes } from '../../../ingest/pack/threads/shares.ts'
import { MIB } from '../../../storage/units.ts'
import { auditFiles, withFingerprints } from '../audit.ts'
import type { DuckDb, DuckDbSession } from '../duckdb-session.ts'
import { type CopiedFile, type CopyTarget, copyToParquet } from '../files/parquet-writer.ts'
import { filesSql, inputSql, textLiteral } from '../sql.ts'
import { joined, type LoadedBatches, Loads } from './load-batches.ts'
import { loadParquet } from './parquet/load-parquet.ts'

const VALUES_AT_ONCE = 10_000
/** Node runs DuckDB's statements on four threads, and other steps need some of them. */
const MAX_LOADS = 3
/** Minimum size of the content for which another DuckDB is opened. */
const MIN_BYTES_OF_LOADER = 64 * MIB

/**
 * `scratch` is an existing directory for local files that DuckDB will load. An abort ends the
 * reading and the carrying over. Packed batches are still loaded, because the next run uses them.
 */
export async function ingestFiles(
  session: DuckDbSession,
  request: IngestRequest,
  scratch: string,
): Promise<IngestResult> {
  const { format } = request.source.declared
  if (format.kind === 'parquet' || format.kind === 'delta')
    return ingest(session, request, new ParquetSourceReader(session, request, scratch))
  const threads = packingThreads({ ...request, format }, session.settings.threads)
  const packing = { request, format, packed: scratch, threads }
  const isSmall = contentBytes(request.files) < MIN_BYTES_OF_LOADER
  if (isSmall) return ingest(session, request, new PackedSourceReader(packing, { loader: session, loads: 1 }))
  const loader = await session.besides()
  try {
    const loads = Math.min(session.settings.threads, MAX_LOADS)
    return await ingest(session, request, new PackedSourceReader(packing, { loader, loads }))
  } finally {
    loader.close()
  }
}

/** Reads and loads the files of a source. */
interface SourceReader {
  readAll(): Promise<void>
  /** What has been loaded. Call it after `readAll` has ended or thrown. */
  loaded(): Promise<LoadedBatches>
}

interface PackedLoad {
  readonly request: IngestRequest
  readonly format: StreamedFormat
  readonly packed: string
  readonly threads: PackingThreads | undefined
}

interface Loader {
  readonly loader: DuckDbSession
  /** Maximum number of loads at once. */
  readonly loads: number
}

class PackedSourceReader implements SourceReader {
  readonly #toPack: PackRequest
  readonly #threads: PackingThreads | undefined
  readonly #loads: Loads

  constructor({ request, format, packed, threads }: PackedLoad, { loader, loads }: Loader) {
    const { source, files } = request
    const { maxUnpackedBytes, unknownKeys } = source.declared
    this.#threads = threads
    this.#toPack = {
      ...{ ...request, ...lineRules(source.columns, unknownKeys), format, maxUnpackedBytes },
      ...{ directory: packed, batchBytes: batchBytes(files), inPlace: true },
    }
    this.#loads = new Loads({ session: loader, most: loads, target: targetOf(request), toPack: this.#toPack })
  }

  async readAll(): Promise<void> {
    const batches = this.#threads ? packOnThreads(this.#toPack, this.#threads) : packFiles(this.#toPack)
    for await (const batch of batches) await this.#loads.add(batch)
    await this.#loads.finish()
  }

  async loaded(): Promise<LoadedBatches> {
    await this.#loads.finish().catch(() => undefined)
    return this.#loads.loaded()
  }
}

class ParquetSourceReader implements SourceReader {
  readonly #batches: AsyncGenerator<LoadedBatches>
  readonly #loaded: LoadedBatches[] = []

  constructor(session: DuckDbSession, request: IngestRequest, copies: string) {
    const loading = { session, copies, target: targetOf(request), batchBytes: batchBytes(request.files) }
    this.#batches = loadParquet(request, loading)
  }

  async readAll(): Promise<void> {
    for await (const batch of this.#batches) this.#loaded.push(batch)
  }

  async loaded(): Promise<LoadedBatches> {
    return joined(this.#loaded)
  }
}

async function ingest(session: DuckDbSession, request: IngestRequest, reading: SourceReader): Promise<IngestResult> {
  const { source, signal } = request
  const carrying = session.withConnection((db) => carryOver(db, request, targetOf(request)), signal)
  // Avoids an unhandled rejection before it is awaited.
  carrying.catch(() => undefined)
  try {
    await reading.readAll()
    const loaded = await reading.loaded()
    const copied = [...(await carrying), ...loaded.files]
    const written = await session.withConnection((db) => fingerprinted(db, source, copied))
    signal.throwIfAborted()
    return { ...loaded, files: written }
  } catch (error) {
    const loaded = await reading.loaded()
    await Promise.allSettled([carrying])
    await request.keep?.(loaded)
    throw error
  }
}

const targetOf = ({ source, directory }: Pick<IngestRequest, 'source' | 'directory'>): CopyTarget => ({
  columns: source.columns,
  partitionBy: [],
  directory,
})

async function fingerprinted(
  db: DuckDb,
  { columns, primaryKey }: ResolvedSource,
  copied: readonly CopiedFile[],
): Promise<readonly WrittenFile[]> {
  const files = copied.map(({ location }) => location)
  return withFingerprints(copied, await auditFiles(db, { files, columns, primaryKey }))
}

/**
 * Copies the rows of the rewritten data files, except rows from changed or removed source files.
 */
async function carryOver(db: DuckDb, request: IngestRequest, target: CopyTarget): Promise<readonly CopiedFile[]> {
  const { rewritten, replacedPaths } = request
  if (rewritten.files.length === 0) return []
  await keepPaths(db, 'replaced', replacedPaths)
  const kept = `SELECT rows.* FROM ${inputSql(rewritten)} AS rows ANTI JOIN replaced ON rows._file = replaced.path`
  return copyToParquet(db, kept, target)
}

/** Writes one file for each data file, so that a later change of a source file affects few rows. */
export async function recoverRows(db: DuckDb, request: RecoverRequest): Promise<Recovered> {
  const { source, paths } = request
  await keepPaths(db, 'wanted', paths)
  const copied: CopiedFile[] = []
  for (const file of request.files) {
    const rows = inputSql({ columns: source.columns, files: [file] })
    const wanted = `SELECT rows.* FROM ${rows} AS rows SEMI JOIN wanted ON rows._file = wanted.path`
    copied.push(...(await copyToParquet(db, wanted, targetOf(request))))
  }
  if (copied.length === 0) return { files: [], rows: new Map() }
  const written = filesSql({ files: copied.map(({ location }) => location) })
  const counts = await db.rows(`SELECT _file, count(*) AS "rows" FROM ${written} GROUP BY _file`)
  return {
    files: await fingerprinted(db, source, copied),
    rows: new Map(counts.map(({ _file, rows }) => [String(_file), Number(rows)])),
  }
}

/** Makes the temporary table `name` with one column, `path`. */
async function keepPaths(db: DuckDb, name: string, paths: readonly string[]): Promise<void> {
  await db.run(`CREATE TEMP TABLE ${name} (path VARCHAR)`)
  for (let at = 0; at < paths.length; at += VALUES_AT_ONCE) {
    const values = paths.slice(at, at + VALUES_AT_ONCE).map((path) => `(${textLiteral(path)})`)
    await db.run(`INSERT INTO ${name} VALUES ${values.join(', ')}`)
  }
}
