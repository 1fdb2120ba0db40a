/** The step that runs a table's checks over its current rows, without changing them. */
import { readSnapshot, type Snapshot } from '../../delta/snapshot.ts'
import type { CheckFailure } from '../../engine/check-failure.ts'
import { rowCountFailures, warningsOf } from '../../engine/check-failure.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { checkedRows } from '../../observe/expected/checked-rows.ts'
import type { TableState } from '../../observe/observation.ts'
import { type Published, publish } from '../../publish/publish.ts'
import { countedRows } from '../../tables/counted-rows.ts'
import { lostFilesError } from '../../tables/lost-files.ts'
import { type Pins, pinReferenced, referencedKeys, referencedVersions } from '../../tables/pinned-inputs.ts'
import { notBuilt, tableOf } from '../../tables/table-version.ts'
import type { StepContext } from '../step-context.ts'
import { applyChecks } from './apply-checks.ts'
import { historyFailures } from './history-checks.ts'

/**
 * Publishes a version that has the same files and records which checks its rows have passed. Throws
 * `check-failed` and publishes nothing if a check of severity `error` finds rows.
 */
export async function checkStep(context: StepContext, asset: ResolvedTable, state: TableState): Promise<Published> {
  const { checks, pinned, current } = await checkCurrent(context, asset, state)
  context.signal.throwIfAborted()
  applyChecks(context, asset, { checks })
  const { inputs, engine } = state.provenance
  return publish(context, {
    ...{ asset, base: current, replaced: [], written: [] },
    provenance: {
      ...{ runId: context.runId, engine, code: asset.code, inputs, referenced: referencedVersions(asset, pinned) },
      checked: checkedRows(asset, warningsOf(checks), undefined),
    },
  })
}

type CheckContext = Pick<StepContext, 'lake' | 'graph' | 'signal'> & {
  readonly engine: Pick<StepContext['engine'], 'check' | 'unreadableFile'>
}

interface CurrentChecks {
  /** The checks that rows of the version fail. */
  readonly checks: readonly CheckFailure[]
  readonly pinned: Pins
  readonly current: Snapshot
}

/** Runs the checks over the rows of one version. Publishes nothing. */
export async function checkCurrent(
  context: CheckContext,
  asset: ResolvedTable,
  { version, provenance }: TableState,
): Promise<CurrentChecks> {
  const { lake, engine, signal } = context
  const current = await readSnapshot(lake, asset.key, version)
  if (!current) throw notBuilt(asset.key)
  const pinned = await pinReferenced(context, asset)
  const checking = engine.check({
    ...{ asset, current: await tableOf(lake, asset.key, current), signal },
    referenced: new Map(referencedKeys(asset).map((key) => [key, pinned(key).input])),
  })
  const checks = await checking.catch(async (error) => {
    const read = new Map([[asset.key, { version, files: [...current.files.values()] }]])
    throw (await lostFilesError(lake, read, { error, engine })) ?? error
  })
  const { rows } = provenance.content
  const counted = { ...countedRows(asset, [...current.files.values()]), rows }
  const compared = await historyFailures(lake, asset, counted, version > 0 ? { version: version - 1 } : undefined)
  return { checks: [...checks, ...rowCountFailures(asset, rows), ...compared], pinned, current }
}
