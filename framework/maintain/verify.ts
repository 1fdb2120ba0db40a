/**
 * Verifies the newest versions of assets: rebuilds each from its provenance and compares the rows.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LocalEngine } from '../engine/engine.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { isFromCode, type ResolvedAsset } from '../graph/resolved-asset.ts'
import { select } from '../graph/selection.ts'
import type { Observation, TableState } from '../observe/observation.ts'
import { observe, type ProjectStorages } from '../observe/observe.ts'
import { type Result, refused } from '../refusal.ts'
import type { ErrorReport } from '../run/error-report.ts'
import { newRunId } from '../run/run-id.ts'
import { makeRunDirectory } from '../run/scratch.ts'
import { makeDirectory } from '../storage/local/make-directory.ts'
import { assetFailure } from './asset-failure.ts'
import { type RebuildContext, type Rebuilt, rebuildSource, rebuildTable } from './rebuild.ts'
import { type DifferingRows, findDifference } from './trace-differences.ts'

/**
 * Whether the newest version of an asset holds the rows that its declaration makes from the
 * recorded inputs.
 */
export type Verification =
  | { readonly result: 'equal'; readonly key: string; readonly version: number; readonly rows: number }
  | DifferingRows
  | NotVerified

interface NotVerified {
  readonly result: 'not-verified'
  readonly key: string
  readonly why: string
  /** The error that prevented it; null if the asset cannot be verified in its current state. */
  readonly error: ErrorReport | null
}

interface VerifyRequest {
  readonly graph: AssetGraph
  readonly storages: ProjectStorages
  readonly selection: readonly string[]
  /**
   * Called at most once, and only if an asset has to be rebuilt. `scratch` is a local directory of
   * this call alone.
   */
  readonly openEngine: (scratch: string) => Promise<LocalEngine>
  readonly scratchRoot: string
  /** Maximum number of sample rows for each kind of difference. */
  readonly limit: number
  readonly signal: AbortSignal
  readonly now: () => Date
  /** Called with each result as soon as it is known, upstreams first. */
  readonly done: (verification: Verification) => void
}

/**
 * Verifies the selected assets that have been built. Publishes nothing. An error of one asset is
 * that asset's result, and is not thrown.
 */
export async function verify(request: VerifyRequest): Promise<readonly Verification[]> {
  const { graph, storages, selection, signal, now, done } = request
  const assets = select(graph, selection).map((key) => graph.get(key))
  const observations = await observe(storages, assets)
  const scratch = await makeRunDirectory(request.scratchRoot, newRunId(now()))
  let opened: Promise<LocalEngine> | undefined
  const engine = () => {
    opened ??= request.openEngine(scratch)
    return opened
  }
  const results: Verification[] = []
  try {
    for (const asset of assets) {
      const observed = observations.get(asset.key)
      if (!observed || !isBuilt(observed)) continue
      const directory = join(scratch, asset.key)
      const context = { storages, engine, directory, signal, limit: request.limit }
      const result = await verifyAsset(context, asset, observed).catch((error) =>
        notVerified(asset.key, assetFailure(asset.key, error, signal)),
      )
      results.push(result)
      done(result)
      await rm(directory, { recursive: true, force: true })
    }
    return results
  } finally {
    await (await opened)?.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

/**
 * An unreadable table counts as built, so that it is reported. A source that was never read can
 * have no files.
 */
function isBuilt({ state, problem }: Observation): boolean {
  return (
    state !== undefined || (problem !== undefined && problem.code !== 'source-missing' && problem.code !== 'config')
  )
}

function notVerified(key: string, error: ErrorReport): NotVerified {
  return { result: 'not-verified', key, why: error.message, error }
}

interface VerifyContext extends RebuildContext {
  readonly limit: number
}

async function verifyAsset(context: VerifyContext, asset: ResolvedAsset, observed: Observation): Promise<Verification> {
  const { state, problem, former } = observed
  if (problem) throw problem
  if (former?.kind === 'to-move') {
    const why = `its table is still at its former key ${former.key}: run \`lake materialize ${asset.key}\` first`
    return { result: 'not-verified', key: asset.key, why, error: null }
  }
  if (!state) throw new Error(`${asset.key} has not been built`)
  const rebuilt = await rebuild(context, asset, { ...observed, state })
  if (rebuilt.kind === 'refused') return { result: 'not-verified', key: asset.key, why: rebuilt.reason, error: null }
  const different = await findDifference(context, { asset, state, rebuilt: rebuilt.table })
  const { key } = asset
  return different ?? { result: 'equal', key, version: state.version, rows: state.provenance.content.rows }
}

async function rebuild(
  context: VerifyContext,
  asset: ResolvedAsset,
  { state, source }: Observation & { readonly state: TableState },
): Promise<Result<Rebuilt>> {
  if (state.provenance.code.version !== asset.code.version) {
    return refused('its declaration changed since it was built: it is stale, so it cannot be verified')
  }
  makeDirectory(context.directory)
  if (asset.kind === 'table') return rebuildTable(context, asset, state)
  if (isFromCode(asset)) {
    const again = `\`lake materialize ${asset.key} --full\` reads them anew`
    return refused(`its rows came from code, which cannot give them again as they were: ${again}`)
  }
  if (!source) throw new Error(`the files of ${asset.key} were not observed`)
  return rebuildSource(context, asset, source)
}
