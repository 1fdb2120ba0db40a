/** The step that gives a table a full refresh. */
import { readSnapshot } from '../delta/snapshot.ts'
import { rowCountFailures, warningsOf } from '../engine/check-failure.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import { checkedRows } from '../observe/expected/checked-rows.ts'
import type { TableState } from '../observe/observation.ts'
import { type Published, publish } from '../publish/publish.ts'
import { withoutSamePartitions } from '../publish/same-partitions.ts'
import { countedWritten } from '../tables/counted-rows.ts'
import { lostFilesError } from '../tables/lost-files.ts'
import { filesOf, inputVersions, pinInputs, referencedKeys, referencedVersions } from '../tables/pinned-inputs.ts'
import { applyChecks } from './checks/apply-checks.ts'
import { checkRefresh } from './checks/check-refresh.ts'
import { historyFailures } from './checks/history-checks.ts'
import { samplesWithRebuild } from './increment/refresh-choice.ts'
import type { StepContext } from './step-context.ts'

/**
 * Rebuilds a table from the current versions of its upstreams, checks the rows and publishes them.
 * The step pins these versions before the query runs, and records them as inputs. Throws
 * `check-failed` and publishes nothing if a check of severity `error` finds rows.
 */
export async function buildTable(
  context: StepContext,
  asset: ResolvedTable,
  before: TableState | undefined,
): Promise<Published> {
  const { lake, engine, directory, signal } = context
  const base = await readSnapshot(lake, asset.key)
  const { pinned, pins } = await pinInputs(context, asset)
  const rowsOf = (key: string) => pinned(key).state.provenance.content.rows
  const startedAt = context.now().getTime()
  const building = engine.build({
    asset,
    inputs: new Map(asset.upstream.map(({ alias, key }) => [alias, pinned(key).input])),
    inputRows: asset.upstream.reduce((sum, { key }) => sum + rowsOf(key), 0),
    referenced: new Map(referencedKeys(asset).map((key) => [key, pinned(key).input])),
    ...(before && { partitions: before.provenance.partitions }),
    directory,
    signal,
    progress: context.progress,
  })
  const result = await building.catch(async (error) => {
    throw (await lostFilesError(lake, filesOf(pins), { error, engine })) ?? error
  })
  const took = { engine: engine.name, milliseconds: context.now().getTime() - startedAt }
  const refreshes = samplesWithRebuild(asset, rowsOf, { before, took, files: result.files.length })
  signal.throwIfAborted()
  const counted = countedWritten(asset, result.files)
  const compared = await historyFailures(lake, asset, counted, base && { version: base.version, snapshot: base })
  const checks = [...result.checks, ...rowCountFailures(asset, counted.rows), ...compared]
  applyChecks(context, asset, { checks })
  const inputs = inputVersions(asset, pinned)
  const content = await withoutSamePartitions(context, {
    asset,
    base,
    replaced: base ? [...base.files.values()] : [],
    written: result.files,
    provenance: {
      ...{ runId: context.runId, engine: engine.name, code: asset.code },
      ...{ inputs, referenced: referencedVersions(asset, pinned) },
      checked: checkedRows(asset, warningsOf(checks), undefined),
      ...(refreshes && { refreshes }),
    },
  })
  const wrong = await checkRefresh(context, asset, { before, inputs, built: result.files, content })
  if (wrong) context.warn(wrong)
  return publish(context, content)
}
