/** Runs the checks of a table over the rows that stand, which stay as they are. */
import { readSnapshot } from '../delta/snapshot.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import { checkedRows } from '../observe/checked-rows.ts'
import type { TableState } from '../observe/observation.ts'
import { applyChecks, rowCountFailures, warningsOf } from './check-failures.ts'
import type { CheckFailure } from './engine.ts'
import { lostFilesError } from './lost-files.ts'
import { type Pins, pinReferenced, referencedKeys, referencedVersions } from './pinned-table.ts'
import { type Published, publish } from './publish.ts'
import type { StepContext } from './step-context.ts'
import { notBuilt, tableOf } from './table-version.ts'

/**
 * Publishes a version with the same files that says what its rows have passed. Throws `check-failed`, with nothing published, where a check of
 * severity error finds rows.
 */
export async function checkStep(context: StepContext, asset: ResolvedTable, state: TableState): Promise<Published> {
  const base = await readSnapshot(context.lake, asset.key, state.version)
  const { checks, pinned } = await checkStanding(context, asset, state)
  context.signal.throwIfAborted()
  applyChecks(context, asset, { checks })
  const { inputs, engine } = state.provenance
  return publish(context, {
    ...{ asset, base, replaced: [], written: [] },
    provenance: {
      ...{ runId: context.runId, engine, code: asset.code, inputs, referenced: referencedVersions(asset, pinned) },
      checked: checkedRows(asset, warningsOf(checks), undefined),
    },
  })
}

export type Checking = Pick<StepContext, 'lake' | 'graph' | 'directory' | 'signal'> & {
  readonly engine: Pick<StepContext['engine'], 'check' | 'unreadableFile'>
}

/** What the rows of the version do not pass. Publishes nothing. */
export async function checkStanding(
  context: Checking,
  asset: ResolvedTable,
  { version, provenance }: TableState,
): Promise<{ readonly checks: readonly CheckFailure[]; readonly pinned: Pins }> {
  const { lake, engine, directory, signal } = context
  const snapshot = await readSnapshot(lake, asset.key, version)
  if (!snapshot) throw notBuilt(asset.key)
  const pinned = await pinReferenced(context, asset)
  const checking = engine.check({
    ...{ asset, standing: tableOf(lake, asset.key, snapshot), directory, signal },
    referenced: new Map(referencedKeys(asset).map((key) => [key, pinned(key).input])),
  })
  const checks = await checking.catch(async (error) => {
    const read = new Map([[asset.key, { version, files: [...snapshot.files.values()] }]])
    throw (await lostFilesError(lake, read, { error, engine })) ?? error
  })
  return { checks: [...checks, ...rowCountFailures(asset, provenance.content.rows)], pinned }
}
