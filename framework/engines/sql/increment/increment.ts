/**
 * Runs an increment in SQL: finds the rows of a table that changes of its upstreams affect, and
 * replaces them.
 */
import type { DataFile } from '../../../engine/data-file.ts'
import type { AffectedRequest, Followed, IncrementPreview, IncrementResult, Volume } from '../../../engine/increment.ts'
import type { ResolvedTable } from '../../../graph/resolved-asset.ts'
import { affectedRows } from '../../../increment/delta/affected-rows.ts'
import { scan } from '../../../relation/build.ts'
import { type Scan, scansOf } from '../../../relation/relation.ts'
import type { SqlSession } from '../sql-session.ts'
import { AffectedRows } from './affected-rows.ts'
import { InputDeltas } from './input-deltas.ts'
import { SqlStaging } from './sql-staging.ts'

/**
 * Rewrites the files that hold affected rows, with the new rows in place of the old ones. Or marks
 * the old rows as deleted, and writes the new ones.
 */
export async function increment(session: SqlSession, request: AffectedRequest): Promise<Followed<IncrementResult>> {
  const staged = await stageAffected(session, request)
  if (staged.kind !== 'followed') return staged
  const { rows } = staged
  const counts = await rows.stats()
  const { stats, touched } = counts
  const files = rows.files(touched, stats.partitions)
  const replaced = [...files.rewritten, ...files.merged].map(({ location }) => location)
  if (stats.rowsAdded + stats.rowsRemoved + replaced.length === 0)
    return { kind: 'followed', files: [], replaced, marked: [], checks: [], affected: stats }
  const [checks, written, marked] = await Promise.all([
    rows.check(counts),
    session.write(rows.newSql(files), request.asset, stats.partitions.length),
    rows.marked(files.marked),
  ])
  return { kind: 'followed', files: written, checks, replaced, marked, affected: stats }
}

/** Computes what `increment` would change, read and write. Runs no checks and writes nothing. */
export async function previewIncrement(
  session: SqlSession,
  request: AffectedRequest,
): Promise<Followed<IncrementPreview>> {
  const staged = await stageAffected(session, request)
  if (staged.kind !== 'followed') return staged
  const { rows, inputs } = staged
  const { stats, touched } = await rows.stats()
  const files = rows.files(touched, stats.partitions)
  const rewritten = volumeOf([...files.rewritten, ...files.merged])
  const current = volumeOf(request.current)
  const marked = files.marked.reduce((sum, { location }) => sum + (touched.get(location) ?? 0), 0)
  const written = rewritten.rows - (stats.rowsRemoved - marked) + stats.rowsAdded
  const read = new Set([...inputs.filesRead, ...rows.filesRead, ...files.rewritten, ...files.merged])
  return {
    kind: 'followed',
    affected: stats,
    read: volumeOf([...read]),
    written: { rows: written, bytes: Math.round((written * current.bytes) / Math.max(1, current.rows)) },
  }
}

const volumeOf = (files: readonly DataFile[]): Volume => ({
  rows: files.reduce((sum, { rows = 0 }) => sum + rows, 0),
  bytes: files.reduce((sum, { size }) => sum + size, 0),
})

interface StagedRows {
  readonly rows: AffectedRows
  readonly inputs: InputDeltas
}

async function stageAffected(session: SqlSession, request: AffectedRequest): Promise<Followed<StagedRows>> {
  const { asset, followed } = request
  const held = heldRows(asset)
  const { inputs: upstreams, current } = request
  const all = new Map([...upstreams, [held.alias, { ...unchanged(current), columns: asset.columns }]])
  const inputs = await InputDeltas.open(session, all, [...scansOf(followed.relation), held])
  const reason = request.reconsidered?.(inputs.changedRows)
  if (reason !== undefined) return { kind: 'given-up', reason }
  const staging = new SqlStaging(session, inputs)
  const affected = await affectedRows(staging, inputs.changed, { ...followed, held, primaryKey: asset.primaryKey })
  const rows = new AffectedRows(session, request, affected)
  return (await rows.stage(staging)) ?? { kind: 'followed', rows, inputs }
}

/** No upstream has this name, because names are never empty. */
const OWN = ''

/** The rows of the table itself, as if it were one of its upstreams. */
function heldRows({ columns }: ResolvedTable): Scan {
  const named = columns.map(({ name, type, nullable }, index) => ({ name, type, nullable, id: `own${index}` }))
  return scan(OWN, named)
}

const unchanged = (files: readonly DataFile[]) => ({ before: files, after: files, within: undefined })
