/**
 * Turns source files into Parquet files: Node validates and packs the lines, and DuckDB loads them.
 */
import type { WrittenFile } from '../../../engine/data-file.ts'
import type { IngestRequest, IngestResult, Recovered, RecoverRequest } from '../../../engine/ingest.ts'
import type { ResolvedSource } from '../../../graph/resolved-asset.ts'
import { lineRules } from '../../../ingest/lines/line-columns.ts'
import { batchBytes } from '../../../ingest/pack/batch-size.ts'
import { packFiles } from '../../../ingest/pack/pack.ts'
import { type PackingThreads, packingThreads, packOnThreads } from '../../../ingest/pack/pack-on-threads.ts'
import { auditFiles, withFingerprints } from '../audit.ts'
import type { DuckDb, DuckDbSession } from '../duckdb-session.ts'
import { type CopiedFile, type CopyTarget, copyToParquet } from '../files/parquet-writer.ts'
import { filesSql, inputSql, textLiteral } from '../sql.ts'
import { Loads } from './load-batches.ts'

const VALUES_AT_ONCE = 10_000
/** Node runs DuckDB's statements on four threads, and other steps need some of them. */
const MAX_LOADS = 3

/**
 * `packed` is an existing directory for packed lines that DuckDB will load. An abort ends the
 * reading and the carrying over. Packed batches are still loaded, because the next run uses them.
 */
export async function ingestFiles(
  session: DuckDbSession,
  request: IngestRequest,
  packed: string,
): Promise<IngestResult> {
  const { format } = request.source.declared
  const threads = packingThreads({ ...request, format }, session.settings.threads)
  if (!threads) return ingest(session, request, { loader: session, loads: 1, packed })
  const loader = await session.besides()
  try {
    const loads = Math.min(session.settings.threads, MAX_LOADS)
    return await ingest(session, request, { loader, loads, packed, threads })
  } finally {
    loader.close()
  }
}

/** How the lines are packed, and the batches loaded. */
interface Means {
  readonly loader: DuckDbSession
  /** Maximum number of loads at once. */
  readonly loads: number
  readonly packed: string
  readonly threads?: PackingThreads
}

async function ingest(session: DuckDbSession, request: IngestRequest, means: Means): Promise<IngestResult> {
  const { source, signal, files } = request
  const { loader, packed, threads } = means
  const { format, maxUnpackedBytes, unknownKeys } = source.declared
  const toPack = {
    ...{ ...request, ...lineRules(source.columns, unknownKeys), format, maxUnpackedBytes },
    ...{ directory: packed, batchBytes: batchBytes(files), inPlace: true },
  }
  const loads = new Loads({ session: loader, most: means.loads, target: targetOf(request), toPack })
  const carrying = session.withConnection((db) => carryOver(db, request, targetOf(request)), signal)
  // Avoids an unhandled rejection before it is awaited.
  carrying.catch(() => undefined)
  try {
    const batches = threads ? packOnThreads(toPack, threads) : packFiles(toPack)
    for await (const batch of batches) await loads.add(batch)
    await loads.finish()
    const loaded = await loads.loaded()
    const copied = [...(await carrying), ...loaded.files]
    const written = await session.withConnection((db) => fingerprinted(db, source, copied))
    signal.throwIfAborted()
    return { ...loaded, files: written }
  } catch (error) {
    await Promise.allSettled([carrying, loads.finish()])
    await request.keep?.(await loads.loaded())
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
  return withFingerprints(copied, await auditFiles(db, { files, columns, primaryKey }, []))
}

/** Copies rows of the rewritten data files, except those of changed and removed source files. */
async function carryOver(db: DuckDb, request: IngestRequest, target: CopyTarget): Promise<readonly CopiedFile[]> {
  const { rewritten, replacedPaths } = request
  if (rewritten.files.length === 0) return []
  await keepPaths(db, 'replaced', replacedPaths)
  const kept = `SELECT rows.* FROM ${inputSql(rewritten)} AS rows ANTI JOIN replaced ON rows._file = replaced.path`
  return copyToParquet(db, kept, target)
}

/**
 * Writes one file for each data file, so that a later change of a source file concerns few rows.
 */
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
