/**
 * The step that brings a table up to date by replacing only the rows that changes of its upstreams
 * affect.
 */
import type { AddFile } from '../../delta/actions.ts'
import { readSnapshot } from '../../delta/snapshot.ts'
import { type CheckFailure, rowCountFailures, warningsOf } from '../../engine/check-failure.ts'
import type { AffectedStats, Followed, IncrementResult } from '../../engine/increment.ts'
import { checkedRows } from '../../observe/expected/checked-rows.ts'
import type { RefreshSample } from '../../observe/refresh-sample.ts'
import { type Published, publish } from '../../publish/publish.ts'
import { isRefusal, type Result } from '../../refusal.ts'
import { addedRows, countedRows, countedWritten } from '../../tables/counted-rows.ts'
import { lostFilesError } from '../../tables/lost-files.ts'
import { filesOf, inputVersions, type PinnedInputs, pinInputs, referencedVersions } from '../../tables/pinned-inputs.ts'
import { applyChecks } from '../checks/apply-checks.ts'
import { historyFailures } from '../checks/history-checks.ts'
import type { StepContext } from '../step-context.ts'
import { type PreparedIncrement, prepareIncrement } from './prepare-increment.ts'
import { type CurrentTable, FollowingCost } from './refresh-choice.ts'

interface Incremented {
  readonly published: Published
  readonly affected: AffectedStats
}

/**
 * Replaces the rows that are affected by changes of the upstreams since the versions from which the
 * table was made. Refuses if these changes are no longer known: the table then needs a full
 * refresh. Throws `check-failed` and publishes nothing if a check of severity `error` finds rows.
 */
export async function incrementTable(context: StepContext, table: CurrentTable): Promise<Followed<Incremented>> {
  const prepared = await prepare(context, table)
  if (isRefusal(prepared)) return prepared
  const computed = await compute(context, prepared)
  if (computed.kind !== 'followed') return computed
  context.signal.throwIfAborted()
  const published = await publishIncrement(context, prepared, computed)
  return { kind: 'followed', published, affected: computed.result.affected }
}

interface Prepared extends PreparedIncrement {
  readonly table: CurrentTable
  readonly pins: PinnedInputs
}

async function prepare(context: StepContext, table: CurrentTable): Promise<Result<Prepared>> {
  const base = await readSnapshot(context.lake, table.asset.key)
  const pins = await pinInputs(context, table.asset)
  const prepared = await prepareIncrement(context, table, { base, pinned: pins.pinned })
  return isRefusal(prepared) ? prepared : { ...prepared, table, pins }
}

interface Computed {
  readonly result: IncrementResult
  readonly refreshes: readonly RefreshSample[] | undefined
}

/** The changes of the table, unless the engine finds on the way that a rebuild is cheaper. */
async function compute(context: StepContext, prepared: Prepared): Promise<Followed<Computed>> {
  const { lake, engine, directory, policy, now } = context
  const { table, request, current, pins } = prepared
  const cost = new FollowingCost({ ...table, engine: engine.name }, request.inputs)
  const reconsidered = policy.alwaysFollow ? undefined : cost.reconsidered.bind(cost)
  const startedAt = now().getTime()
  const computing = engine.increment({ ...request, directory, ...(reconsidered && { reconsidered }) })
  const result = await computing.catch(async (error) => {
    const own = { version: current.version, files: [...current.files.values()] }
    const read = new Map([...filesOf(pins.pins), [table.asset.key, own]])
    throw (await lostFilesError(lake, read, { error, engine })) ?? error
  })
  if (result.kind !== 'followed') return result
  return { kind: 'followed', result, refreshes: cost.samples(now().getTime() - startedAt) }
}

/** Checks the new rows, and commits the files that hold them with those that keep their rows. */
async function publishIncrement(context: StepContext, prepared: Prepared, computed: Computed): Promise<Published> {
  const { lake, engine, runId } = context
  const { current, pins, table } = prepared
  const { result, refreshes } = computed
  const { asset, state } = table
  const files = Array.from(current.files.values(), (file) => ({ file, at: lake.locate(`${asset.key}/${file.path}`) }))
  const [gone, marks] = [new Set(result.replaced), new Map(result.marked.map((rows) => [rows.location, rows]))]
  const replaced = files.flatMap(({ file, at }) => (gone.has(at) ? [file] : []))
  const marked = files.flatMap(({ file, at }) => {
    const rows = marks.get(at)
    return rows ? [{ file, rows }] : []
  })
  const kept = files.flatMap(({ file, at }) => (gone.has(at) ? [] : [file]))
  const checks = await checkIncrement(context, prepared, { result, kept })
  return publish(context, {
    ...{ asset, base: current, replaced, marked, written: result.files },
    provenance: {
      ...{ runId, engine: engine.name, code: asset.code },
      ...{ inputs: inputVersions(asset, pins.pinned), referenced: referencedVersions(asset, pins.pinned) },
      checked: checkedRows(asset, warningsOf(checks), state.provenance.checked),
      ...(refreshes && { refreshes }),
    },
  })
}

interface NewRows {
  readonly result: IncrementResult
  /** The current files that stay, some with marked rows. */
  readonly kept: readonly AddFile[]
}

/** The checks that the rows fail. Throws if one of them is of severity `error`. */
async function checkIncrement(
  context: StepContext,
  { table: { asset, state }, current }: Prepared,
  { result, kept }: NewRows,
): Promise<readonly CheckFailure[]> {
  const rows = state.provenance.content.rows - result.affected.rowsRemoved + result.affected.rowsAdded
  const { nulls } = addedRows(countedRows(asset, kept), countedWritten(asset, result.files))
  const before = { version: current.version, snapshot: current }
  const compared = await historyFailures(context.lake, asset, { rows, nulls }, before)
  const checks = [...result.checks, ...rowCountFailures(asset, rows), ...compared]
  applyChecks(context, asset, { checks })
  return checks
}
