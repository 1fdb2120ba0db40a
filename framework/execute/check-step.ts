/** Runs the checks of a table over the rows that stand, which stay as they are. */
import { readSnapshot, type Snapshot } from '../delta/snapshot.ts'
import type { CheckFailure } from '../engine/check-failure.ts'
import { rowCountFailures, warningsOf } from '../engine/check-failure.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import { checkedRows } from '../observe/checked-rows.ts'
import type { TableState } from '../observe/observation.ts'
import { type Published, publish } from '../publish/publish.ts'
import { lostFilesError } from '../tables/lost-files.ts'
import { type Pins, pinReferenced, referencedKeys, referencedVersions } from '../tables/pinned-inputs.ts'
import { notBuilt, tableOf } from '../tables/table-version.ts'
import { applyChecks } from './apply-checks.ts'
import type { StepContext } from './step-context.ts'

/**
 * Publishes a version with the same files that says what its rows have passed. Throws `check-failed`, with nothing published, where a check of
 * severity error finds rows.
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

export type CheckContext = Pick<StepContext, 'lake' | 'graph' | 'directory' | 'signal'> & {
  readonly engine: Pick<StepContext['engine'], 'check' | 'unreadableFile'>
}

export interface CurrentChecks {
  /** What the rows of the version do not pass. */
  readonly checks: readonly CheckFailure[]
  readonly pinned: Pins
  readonly current: Snapshot
}

/** Runs the checks over the rows of the version. Publishes nothing. */
export async function checkCurrent(
  context: CheckContext,
  asset: ResolvedTable,
  { version, provenance }: TableState,
): Promise<CurrentChecks> {
  const { lake, engine, directory, signal } = context
  const current = await readSnapshot(lake, asset.key, version)
  if (!current) throw notBuilt(asset.key)
  const pinned = await pinReferenced(context, asset)
  const checking = engine.check({
    ...{ asset, current: tableOf(lake, asset.key, current), directory, signal },
    referenced: new Map(referencedKeys(asset).map((key) => [key, pinned(key).input])),
  })
  const checks = await checking.catch(async (error) => {
    const read = new Map([[asset.key, { version, files: [...current.files.values()] }]])
    throw (await lostFilesError(lake, read, { error, engine })) ?? error
  })
  return { checks: [...checks, ...rowCountFailures(asset, provenance.content.rows)], pinned, current }
}
