/** Runs an asset's query on a sample of its upstreams, and publishes nothing. */
import { liveRowsOf } from '../delta/actions.ts'
import { readSnapshot } from '../delta/snapshot.ts'
import type { PlainValue } from '../engine/json-value.ts'
import type { DuckDbSession } from '../engines/duckdb/duckdb-session.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedAsset, ResolvedTable } from '../graph/resolved-asset.ts'
import type { Storage } from '../storage/storage.ts'
import { tableOf } from '../tables/table-version.ts'
import { type Sample, sampleOf } from './sample.ts'

export interface Preview {
  readonly asset: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly PlainValue[])[]
  /** Whether the query gives more rows than are shown. */
  readonly more: boolean
  /** What was read, by the names of the query. */
  readonly samples: ReadonlyMap<string, Sample>
}

export interface PreviewRequest {
  readonly lake: Storage
  /** Maximum number of rows that are shown. */
  readonly rows: number
  readonly session: () => Promise<DuckDbSession>
  readonly signal: AbortSignal
}

/** Maximum number of rows that are read of an upstream. */
const SAMPLED_ROWS = 100_000

/**
 * Reads the newest versions of the upstreams. Throws `usage` for a source, `upstream-missing` if an
 * upstream has not been built, and `query-failed`.
 */
export async function previewAsset(asset: ResolvedAsset, request: PreviewRequest): Promise<Preview> {
  if (asset.kind === 'source') {
    throw new LakeError('usage', {
      problem: `${asset.key} is a source, and has no query`,
      remedy: `To see its rows, run \`lake query 'from "${asset.key}"'\`.`,
      asset: asset.key,
    })
  }
  const samples = new Map<string, Sample>()
  for (const { alias, key } of asset.upstream) samples.set(alias, await sampled(asset, key, request.lake))
  const { previewRows } = await import('../engines/duckdb/queries/preview-rows.ts')
  const session = await request.session()
  const found = await previewRows(session, { asset, samples, rows: request.rows + 1 }, request.signal)
  return {
    asset: asset.key,
    columns: asset.columns.map(({ name }) => name),
    rows: found.slice(0, request.rows),
    more: found.length > request.rows,
    samples,
  }
}

async function sampled(asset: ResolvedTable, key: string, lake: Storage): Promise<Sample> {
  const snapshot = await readSnapshot(lake, key)
  if (!snapshot) {
    throw new LakeError('upstream-missing', {
      problem: `${asset.key} needs ${key}, which has not been built`,
      remedy: `Run \`lake materialize ${key}\`.`,
      asset: asset.key,
    })
  }
  const table = await tableOf(lake, key, snapshot)
  const input = { ...table, files: table.files.map(lake.copies.pathOf) }
  const rowsOfFiles = [...snapshot.files.values()].map(liveRowsOf)
  return sampleOf({ key, version: snapshot.version, input, rowsOfFiles }, SAMPLED_ROWS)
}
