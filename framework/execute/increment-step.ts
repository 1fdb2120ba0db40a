/**
 * The step that brings a table up to date by replacing only the rows that changes of its upstreams
 * affect.
 */
import { deltaType } from '../delta/schema.ts'
import { readSnapshot, type Snapshot } from '../delta/snapshot.ts'
import { rowCountFailures, warningsOf } from '../engine/check-failure.ts'
import type {
  AffectedStats,
  Followed,
  IncrementRequest,
  IncrementResult,
  InputVersions,
  ReferencedTable,
  RowsWithin,
} from '../engine/increment.ts'
import { isCorruptTable } from '../errors.ts'
import type { UpstreamUse } from '../graph/resolved-asset.ts'
import { Manifest } from '../ingest/manifest.ts'
import { checkedRows } from '../observe/expected/checked-rows.ts'
import { compareContent } from '../observe/fingerprint.ts'
import type { TableState } from '../observe/observation.ts'
import { inputOf, type Provenance } from '../observe/provenance.ts'
import type { PlanStep } from '../plan/plan.ts'
import { hasSchemaOf, type Published, publish } from '../publish/publish.ts'
import { isRefusal, type Refusal, type Result, refused } from '../refusal.ts'
import { addedRows, countedRows, countedWritten } from '../tables/counted-rows.ts'
import { dataFiles } from '../tables/data-files.ts'
import { findInputVersion } from '../tables/input-version.ts'
import { liveRows } from '../tables/live-rows.ts'
import { lostFilesError, type ReadFiles } from '../tables/lost-files.ts'
import {
  filesOf,
  inputVersions,
  type PinnedTable,
  type Pins,
  pinInputs,
  referencedKeys,
  referencedVersions,
} from '../tables/pinned-inputs.ts'
import { applyChecks } from './checks/apply-checks.ts'
import { historyFailures } from './checks/history-checks.ts'
import { type ChoiceContext, type CurrentTable, cheaperStep, FollowingCost } from './refresh-choice.ts'
import type { StepContext } from './step-context.ts'

export interface Incremented {
  readonly kind: 'published'
  readonly published: Published
  readonly affected: AffectedStats
}

/**
 * Replaces the rows that are affected by changes of the upstreams since the versions from which the
 * table was made. Refuses if these changes are no longer known: the table then needs a full
 * refresh. Throws `check-failed` and publishes nothing if a check of severity `error` finds rows.
 */
export async function incrementTable(context: StepContext, table: CurrentTable): Promise<Followed<Incremented>> {
  const { lake, engine, signal } = context
  const { asset } = table
  const base = await readSnapshot(lake, asset.key)
  const pins = await pinInputs(context, asset)
  const prepared = await prepareIncrement(context, table, { base, pinned: pins.pinned })
  if (prepared.kind === 'refused') return prepared
  const { request, current } = prepared
  const read = new Map([
    ...filesOf(pins.pins),
    [asset.key, { version: current.version, files: [...current.files.values()] }],
  ])
  const cost = new FollowingCost({ ...table, engine: engine.name }, request.inputs)
  const startedAt = context.now().getTime()
  const reconsidered = context.alwaysFollow ? undefined : cost.reconsidered.bind(cost)
  const result = await computeIncrement(context, { ...request, ...(reconsidered && { reconsidered }) }, read)
  if ('kind' in result) return result
  const refreshes = cost.samples(context.now().getTime() - startedAt)
  signal.throwIfAborted()
  const rows = table.state.provenance.content.rows - result.affected.rowsRemoved + result.affected.rowsAdded
  const replaced = new Set(result.replaced)
  const marked = new Map(result.marked.map((rows) => [rows.location, rows]))
  const located = Array.from(current.files.values(), (file) => ({ file, at: lake.locate(`${asset.key}/${file.path}`) }))
  const kept = located.flatMap(({ file, at }) => (replaced.has(at) ? [] : [file]))
  const { nulls } = addedRows(countedRows(asset, kept), countedWritten(asset, result.files))
  const compared = await historyFailures(lake, asset, { rows, nulls }, { version: current.version, snapshot: current })
  const checks = [...result.checks, ...rowCountFailures(asset, rows), ...compared]
  applyChecks(context, asset, { checks })
  const published = await publish(context, {
    asset,
    base: current,
    replaced: located.flatMap(({ file, at }) => (replaced.has(at) ? [file] : [])),
    marked: located.flatMap(({ file, at }) => {
      const rows = marked.get(at)
      return rows ? [{ file, rows }] : []
    }),
    written: result.files,
    provenance: {
      ...{ runId: context.runId, engine: engine.name, code: asset.code },
      ...{ inputs: inputVersions(asset, pins.pinned), referenced: referencedVersions(asset, pins.pinned) },
      checked: checkedRows(asset, warningsOf(checks), table.state.provenance.checked),
      ...(refreshes && { refreshes }),
    },
  })
  return { kind: 'published', published, affected: result.affected }
}

async function computeIncrement(
  { lake, engine }: StepContext,
  request: IncrementRequest,
  read: ReadonlyMap<string, ReadFiles>,
): Promise<Followed<IncrementResult>> {
  try {
    return await engine.increment(request)
  } catch (error) {
    throw (await lostFilesError(lake, read, { error, engine })) ?? error
  }
}

interface CurrentVersion {
  readonly base: Snapshot | undefined
  readonly pinned: Pins
}

interface PreparedIncrement {
  readonly kind: 'prepared'
  readonly request: IncrementRequest
  readonly current: Snapshot
}

/**
 * Prepares the engine's request: each upstream as it was when the table was made, and as it is now.
 */
export async function prepareIncrement(
  context: Pick<StepContext, 'lake' | 'directory' | 'signal' | 'followers'>,
  { asset, followed, state }: CurrentTable,
  { base, pinned }: CurrentVersion,
): Promise<Result<PreparedIncrement>> {
  const { lake, directory, signal } = context
  if (!hasSchemaOf(base, asset) || base.version !== state.version)
    return refused('another version than the observed one is the newest')
  const inputs = new Map<string, InputVersions>()
  for (const use of asset.upstream) {
    const versions = await inputVersionsOf(context, use, { state, pin: pinned(use.key) })
    if (isRefusal(versions)) return versions
    inputs.set(use.alias, versions)
  }
  const referenced = new Map(
    referencedKeys(asset).map((key) => [key, referencedTable(key, { state, pin: pinned(key) })]),
  )
  const files = [...base.files.values()]
  const current = dataFiles(lake, asset, files, await liveRows(lake, asset.key, files))
  return {
    kind: 'prepared',
    current: base,
    request: { asset, followed, inputs, current, referenced, directory, signal },
  }
}

type ReadContext = Pick<StepContext, 'lake' | 'graph' | 'signal' | 'followers'>

/** Chooses how a step refreshes its table, from the logs of its upstreams. */
export function chooseStep(
  context: ReadContext & Pick<ChoiceContext, 'engine' | 'stateOf'>,
  step: PlanStep,
): Promise<PlanStep> {
  const { graph, engine, stateOf } = context
  return cheaperStep({ graph, engine, stateOf, inputsOf: (table) => recordedInputs(context, table) }, step)
}

/**
 * Reads each upstream's two versions from the logs: the one from which the table was made, and the
 * newest. Undefined if an increment is not possible.
 */
async function recordedInputs(
  context: ReadContext,
  table: CurrentTable,
): Promise<ReadonlyMap<string, InputVersions> | undefined> {
  const { pinned } = await pinInputs(context, table.asset)
  const base = await readSnapshot(context.lake, table.asset.key)
  const prepared = await prepareIncrement({ ...context, directory: '' }, table, { base, pinned })
  return prepared.kind === 'refused' ? undefined : prepared.request.inputs
}

interface PinnedUse {
  readonly state: TableState
  readonly pin: PinnedTable
}

async function inputVersionsOf(
  { lake, followers }: Pick<StepContext, 'lake' | 'followers'>,
  { key, columns }: UpstreamUse,
  { state, pin }: PinnedUse,
): Promise<Result<InputVersions>> {
  const consumed = inputOf(state.provenance.inputs, key)
  if (!consumed) return refused(`the version of ${key} that it was made from is not recorded`)
  const found = await findInputVersion(lake, key, consumed)
  if (found.kind === 'refused') return found
  const { snapshot, provenance } = found
  const types = new Map(snapshot.metadata.columns.map(({ name, type }) => [name, deltaType(type)]))
  const retyped = pin.input.columns.find(
    ({ name, type }) => columns.includes(name) && types.get(name) !== deltaType(type),
  )
  if (retyped) return refused(`the column ${retyped.name} of ${key} had another type when it was last read`)
  const table = { key, columns: pin.input.columns }
  const current = new Set(pin.files.map(({ path }) => path))
  const missing = await missingFile(
    lake,
    key,
    [...snapshot.files.keys()].filter((path) => !current.has(path)),
  )
  if (missing !== undefined) return refused(`version ${consumed.version} of ${key}, its input, has lost ${missing}`)
  const files = [...snapshot.files.values()]
  const kept = await liveRows(lake, key, files).catch(unreadable)
  if (kept && 'kind' in kept) return kept
  const [before, after] = [dataFiles(lake, table, files, kept), dataFiles(lake, table, pin.files, pin.input.rows)]
  const within = await rowsWithin({ lake }, key, [provenance, pin.state.provenance])
  const several = followers.get(key)
  const name = `${key}@${consumed.version}-${pin.state.version}`
  return { columns: pin.input.columns, before, after, within, ...(several && { shared: { name, ...several } }) }
}

/** A deletion vector of the old version is lost or damaged. */
function unreadable(error: unknown): Refusal {
  if (!isCorruptTable(error)) throw error
  return refused(error.message)
}

/** The first of the files that no longer exists. `lake vacuum` deletes files of older versions. */
async function missingFile(
  lake: StepContext['lake'],
  key: string,
  paths: readonly string[],
): Promise<string | undefined> {
  if (paths.length === 0) return undefined
  const existing = new Set(await lake.names(key))
  return paths.find((path) => !existing.has(path))
}

/**
 * The source files whose entries in the manifests of two versions differ, so that their rows can
 * differ too. Undefined if rows of other files can differ too, because all files were read anew or
 * the rules for reading changed, or if the upstream is a table.
 */
async function rowsWithin(
  { lake }: Pick<StepContext, 'lake'>,
  key: string,
  [before, after]: readonly [Provenance, Provenance],
): Promise<RowsWithin | undefined> {
  const column = '_file'
  const [then, now] = [before.source, after.source]
  if (!then?.readBy || then.readBy !== now?.readBy || before.code.version !== after.code.version) return undefined
  if (then.manifest === undefined || now.manifest === undefined) return undefined
  if (then.manifest === now.manifest) return { column, values: [], rowsBefore: 0, rowsAfter: 0 }
  const [old, current] = await Promise.all([
    Manifest.read(lake, then.manifest, key),
    Manifest.read(lake, now.manifest, key),
  ])
  const values = old.differing(current)
  return { column, values, rowsBefore: old.rowsOf(values), rowsAfter: current.rowsOf(values) }
}

/**
 * The table can have lost keys if its rows changed since the checks last compared with them. Kept
 * rows can then refer to a key that no longer exists.
 */
function referencedTable(key: string, { state, pin }: PinnedUse): ReferencedTable {
  const checked = inputOf(state.provenance.referenced ?? {}, key)
  const { content } = pin.state.provenance
  const same = checked && compareContent(checked.content, content, Object.keys(checked.content.columns)).kind === 'none'
  return { table: pin.input, canHaveLostKeys: !same }
}
