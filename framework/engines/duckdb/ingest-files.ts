/** Turns source files into Parquet files: Node parses and packs the lines, and DuckDB loads them. */
import { unlink } from 'node:fs/promises'
import type { Column } from '../../declare/columns.ts'
import type { WrittenFile } from '../../engine/data-file.ts'
import type { IngestRequest, IngestResult, Recovered, RecoverRequest } from '../../engine/ingest.ts'
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import { lineColumns } from '../../ingest/lines/line-columns.ts'
import type { ManifestEntry } from '../../ingest/manifest.ts'
import { batchBytes } from '../../ingest/pack/batch-size.ts'
import { type PackedBatch, packFiles } from '../../ingest/pack/pack.ts'
import type { RejectedLine } from '../../ingest/rejects.ts'
import { auditFiles, withFingerprints } from './audit.ts'
import type { DuckDb, DuckDbSession } from './duckdb-session.ts'
import { type CopiedFile, type CopyTarget, copyToParquet } from './files/parquet-writer.ts'
import { duckdbType, filesSql, inputSql, literalPath, textLiteral } from './sql.ts'

const MIB = 1024 * 1024
/** DuckDB's default limit for a JSON object. A longer line raises it. */
const MIN_OBJECT_BYTES = 16 * MIB
const VALUES_AT_ONCE = 10_000

/** The batches that have been loaded so far. */
interface Loaded {
  readonly files: CopiedFile[]
  readonly read: ManifestEntry[]
  readonly rejects: RejectedLine[]
}

/**
 * `packed` is an existing directory for packed lines that DuckDB will load. An abort ends the reading
 * and the carrying over. Packed batches are still loaded, because the next run uses them.
 */
export async function ingestFiles(
  session: DuckDbSession,
  request: IngestRequest,
  packed: string,
): Promise<IngestResult> {
  const { source, signal } = request
  const target = targetOf(request)
  const loaded: Loaded = { files: [], read: [], rejects: [] }
  const carrying = observed(session.withConnection((db) => carryOver(db, request, target), signal))
  return session.withConnection(async (db) => {
    // Node packs the next lines while DuckDB writes the ones before.
    let loading = ended(carrying)
    try {
      const columns = lineColumns(source.columns)
      const batches = packFiles({ ...request, columns, directory: packed, batchBytes: batchBytes(request.files) })
      for await (const batch of batches) {
        await loading
        loading = observed(loadBatch(db, batch, { target, loaded }))
      }
      await loading
      const files = await fingerprinted(db, source, [...(await carrying), ...loaded.files])
      signal.throwIfAborted()
      return { ...loaded, files }
    } catch (error) {
      await ended(loading)
      await request.keep?.(loaded)
      throw error
    }
  })
}

const targetOf = ({ source, directory }: Pick<IngestRequest, 'source' | 'directory'>): CopyTarget => ({
  columns: source.columns,
  partitionBy: [],
  directory,
})

/** Keeps Node from ending on a rejection that comes before the caller awaits the promise. */
function observed<Value>(work: Promise<Value>): Promise<Value> {
  work.catch(() => undefined)
  return work
}

/** Settles when the work has ended, whether it succeeded or failed. */
const ended = (work: Promise<unknown>): Promise<void> =>
  work.then(
    () => undefined,
    () => undefined,
  )

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

/** Writes one file for each data file, so that a later change of a source file concerns few rows. */
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

interface Loading {
  readonly target: CopyTarget
  readonly loaded: Loaded
}

async function loadBatch(db: DuckDb, batch: PackedBatch, { target, loaded }: Loading): Promise<void> {
  const copied = batch.rows === 0 ? [] : await copyToParquet(db, packedSql(batch, target.columns), target)
  await unlink(batch.path)
  const rows = copied.reduce((sum, { stats }) => sum + stats.rows, 0)
  if (rows !== batch.rows) throw new Error(`${batch.rows} lines were packed, but DuckDB wrote ${rows} rows`)
  for (const file of copied) loaded.files.push(file)
  for (const file of batch.files) loaded.read.push(file)
  for (const reject of batch.rejects) loaded.rejects.push(reject)
}

function packedSql(batch: PackedBatch, columns: readonly Column[]): string {
  // Decimals are packed as text, because DuckDB reads a JSON number as a double and would round it.
  const types = columns.map(({ name, type }) => {
    const packedType = type.kind === 'decimal' ? 'VARCHAR' : duckdbType(type)
    return `${textLiteral(name)}: ${textLiteral(packedType)}`
  })
  const longest = Math.max(MIN_OBJECT_BYTES, batch.longestLine + 1024)
  return (
    `SELECT * FROM read_json(${textLiteral(literalPath(batch.path))}, format = 'newline_delimited', ` +
    `maximum_object_size = ${longest}, columns = {${types.join(', ')}})`
  )
}
