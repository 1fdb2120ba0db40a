/** Estimates how much each step of a plan reads and writes, without running any step. */
import { liveRowsOf } from '../delta/actions.ts'
import { readSnapshot } from '../delta/snapshot.ts'
import type { PartitionValues } from '../engine/data-file.ts'
import type { LocalEngine } from '../engine/engine.ts'
import type { IncrementPreview } from '../engine/increment.ts'
import { prepareIncrement } from '../execute/increment/prepare-increment.ts'
import { FollowingCost, type RefreshPolicy } from '../execute/increment/refresh-choice.ts'
import { currentSource, ingestScope } from '../execute/ingest/ingest-scope.ts'
import type { Planned } from '../execute/planning/plan-wanted.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { ResolvedAsset, ResolvedSource, ResolvedTable } from '../graph/resolved-asset.ts'
import { changedAtMost, rowsAtMost, type UpstreamBounds, valuesAtMost } from '../increment/analysis/cardinality.ts'
import { maxRowsOf } from '../ingest/lines/row-estimate.ts'
import type { Observation, Observations, TableState } from '../observe/observation.ts'
import type { ProjectStorages } from '../observe/observe.ts'
import { isPending } from '../observe/staleness.ts'
import type { EstimatedPlan, EstimatedStep, EstimatedVolume, FileChange, StepEstimate } from '../plan/estimate.ts'
import { type Followers, followersOf } from '../plan/followers.ts'
import type { PlanStep } from '../plan/plan.ts'
import { isRefusal } from '../refusal.ts'
import { byPath } from '../storage/stored-file.ts'
import { pinInputs } from '../tables/pinned-inputs.ts'
import { changedSourceFiles } from './source-file-changes.ts'

interface EstimateContext extends RefreshPolicy {
  readonly graph: AssetGraph
  readonly storages: ProjectStorages
  /** Called only if an estimate has to read rows. */
  readonly engine: () => Promise<LocalEngine>
  readonly signal: AbortSignal
}

/** Adds an estimate to each step of a plan. */
export async function estimatePlan(context: EstimateContext, { plan, observations }: Planned): Promise<EstimatedPlan> {
  const followers = followersOf(context.graph, plan.steps)
  const estimator = new Estimator({ ...context, followers }, observations)
  const steps: EstimatedStep[] = []
  for (const step of plan.steps) steps.push(await estimator.step(step))
  return { ...plan, steps }
}

/** Upper bounds on an asset's rows after the run, and on the rows that the run removes and adds. */
interface RowBounds {
  readonly rows: number
  readonly removed: number
  readonly added: number
}

interface EstimatorContext extends EstimateContext {
  readonly followers: ReadonlyMap<string, Followers>
}

interface FollowingStep {
  readonly asset: ResolvedTable
  readonly state: TableState
  readonly step: PlanStep
}

class Estimator {
  readonly #context: EstimatorContext
  readonly #observations: Observations
  /** The bounds of the steps estimated so far, by key. */
  readonly #bounds = new Map<string, RowBounds>()

  constructor(context: EstimatorContext, observations: Observations) {
    this.#context = context
    this.#observations = observations
  }

  async step(step: PlanStep): Promise<EstimatedStep> {
    const asset = this.#context.graph.get(step.asset)
    if (step.mode === 'rename') return { ...step, estimate: this.#rename(asset) }
    if (asset.kind === 'source') return { ...step, estimate: await this.#ingest(asset, step) }
    if (step.mode === 'check') return { ...step, estimate: this.#check(asset) }
    const reads = [asset.key, ...this.#context.graph.upstream(asset.key)]
    // The tables must already be in the state in which the step will find them.
    const isReady = !step.causes.some(isPending) && !reads.some((key) => this.#keyToMove(key))
    const exact = step.mode !== 'full' && isReady ? await this.#exact(asset, step) : undefined
    return exact ?? { ...step, estimate: this.#atMost(asset, step) }
  }

  async #ingest(asset: ResolvedSource, step: PlanStep): Promise<StepEstimate> {
    const { storages } = this.#context
    const observed = this.#observation(asset.key)
    const { state, source } = observed
    if (!source) return UNKNOWN
    const current = currentSource(observed, step.causes)
    const scope = ingestScope(
      storages.lake,
      { asset, observed: source, current },
      await readSnapshot(storages.lake, this.#keyToMove(asset.key) ?? asset.key),
    )
    const files = sourceFileChanges(asset.key, source)
    const removed = source.manifest.rowsOf(scope.replacedPaths)
    const added = sum(scope.files, (file) => maxRowsOf(file, asset.declared.format, asset.columns))
    const carried = sum(scope.carriedOver, (file) => liveRowsOf(file) ?? Number.POSITIVE_INFINITY)
    const rows = (state?.provenance.content.rows ?? 0) - removed + added
    this.#bounds.set(asset.key, { rows, removed, added })
    const bytes = sum(scope.files, ({ size }) => size) + sum(scope.carriedOver, ({ size }) => size)
    return {
      certainty: scope.files.length === 0 ? 'exact' : 'at-most',
      keys: null,
      read: volume(added + carried, bytes),
      written: volume(Math.max(0, carried - (current ? removed : 0)) + added, null),
      files,
    }
  }

  /** The current key of the asset's table, if the step moves the table first. */
  #keyToMove(key: string): string | undefined {
    const former = this.#observations.get(key)?.former
    return former?.kind === 'to-move' ? former.key : undefined
  }

  #rename({ key }: ResolvedAsset): StepEstimate {
    this.#bounds.set(key, { rows: this.#upstream(key).rows, removed: 0, added: 0 })
    return { certainty: 'exact', keys: null, read: volume(0, 0), written: volume(0, 0), files: [] }
  }

  #check({ key }: ResolvedTable): StepEstimate {
    const rows = this.#upstream(key).rows
    return { certainty: 'exact', keys: null, read: volume(rows, null), written: volume(0, 0), files: [] }
  }

  /** Computes which rows change, by the engine. Undefined if that is not possible. */
  async #exact(asset: ResolvedTable, step: PlanStep): Promise<EstimatedStep | undefined> {
    const { graph, storages, engineName, alwaysFollow, signal, followers } = this.#context
    const { state } = this.#observation(asset.key)
    const followed = asset.incremental
    if (!state || followed?.kind !== 'followed') return undefined
    const { lake } = storages
    const { pinned } = await pinInputs({ lake, graph }, asset)
    const base = await readSnapshot(lake, asset.key)
    const context = { lake, signal, followers }
    const prepared = await prepareIncrement(context, { asset, followed, state }, { base, pinned })
    if (isRefusal(prepared)) return undefined
    const engine = await this.#context.engine()
    const cost = new FollowingCost({ asset, state, engine: engineName }, prepared.request.inputs)
    const reconsidered = alwaysFollow ? undefined : cost.reconsidered.bind(cost)
    const preview = await engine.preview({ ...prepared.request, ...(reconsidered && { reconsidered }) })
    switch (preview.kind) {
      case 'refused':
        return undefined
      case 'given-up':
        return this.#rebuilt(asset, { ...step, fullReason: preview.reason })
      case 'followed':
        return this.#followed({ asset, state, step }, preview)
    }
  }

  async #followed(
    { asset, state, step }: FollowingStep,
    { affected, read, written }: IncrementPreview,
  ): Promise<EstimatedStep> {
    const { rowsRemoved: removed, rowsAdded: added } = affected
    this.#bounds.set(asset.key, { rows: state.provenance.content.rows + added, removed, added })
    const files = await this.#files(step)
    const estimate = { certainty: 'exact', keys: affected.keys, read, written, files } as const
    if (asset.partitionBy.length === 0) return { ...step, estimate }
    return { ...step, partitions: affected.partitions.map(partitionName).toSorted(), estimate }
  }

  #rebuilt(asset: ResolvedTable, { follows: _, ...step }: PlanStep): EstimatedStep {
    const rebuild = { ...step, mode: 'full' } as const
    return { ...rebuild, estimate: this.#atMost(asset, rebuild) }
  }

  #atMost(asset: ResolvedTable, { mode }: PlanStep): StepEstimate {
    const current = this.#observation(asset.key).state?.provenance.content.rows ?? 0
    const bounds = this.#upstreamBounds(asset)
    const inputs = new Set(asset.upstream.map((use) => use.key))
    const read = sum([...inputs], (input) => this.#upstream(input).rows)
    const { relation } = asset.query
    const all = tableRowsAtMost(asset, bounds)
    if (mode === 'full') {
      this.#bounds.set(asset.key, { rows: all, removed: current, added: all })
      return { certainty: 'at-most', keys: null, read: volume(read, null), written: volume(all, null), files: [] }
    }
    const { removed, added, keys } = changedAtMost(relation, bounds)
    const rows = Math.min(all, current + added)
    this.#bounds.set(asset.key, { rows, removed: Math.min(removed, current), added: Math.min(added, rows) })
    return {
      certainty: 'at-most',
      keys: mode === 'keys' ? finite(Math.min(keys, asset.oneRow ? 1 : current + rows)) : null,
      read: volume(read + current, null),
      written: volume(rows, null),
      files: [],
    }
  }

  async #files(step: PlanStep): Promise<readonly FileChange[]> {
    const { graph, storages } = this.#context
    const found = new Map<string, FileChange>()
    for (const cause of step.causes) {
      if (cause.kind !== 'upstream-changed' || cause.fromVersion === null || cause.toVersion === null) continue
      const span = { key: cause.upstream, from: cause.fromVersion, to: cause.toVersion }
      for (const change of await changedSourceFiles({ lake: storages.lake, graph }, span)) {
        found.set(`${change.source}/${change.path}`, change)
      }
    }
    return [...found.values()]
  }

  #upstreamBounds(asset: ResolvedTable): UpstreamBounds {
    const consumed = this.#observation(asset.key).state?.provenance.inputs ?? {}
    const keys = new Map(asset.upstream.map(({ alias, key }) => [alias, key]))
    const boundsOf = (alias: string): RowBounds => {
      const key = keys.get(alias) ?? ''
      const bounds = this.#upstream(key)
      const before = consumed[key]
      // If the upstream changed before this run, all of its rows count as changed.
      const isUnchanged = before?.version === this.#observations.get(key)?.state?.version
      const consumedRows = before?.content.rows ?? 0
      const rows = Math.max(bounds.rows, consumedRows)
      return isUnchanged ? { ...bounds, rows } : { rows, removed: consumedRows, added: bounds.rows }
    }
    return { rows: (alias) => boundsOf(alias).rows, changed: boundsOf }
  }

  #upstream(key: string): RowBounds {
    const rows = this.#observations.get(key)?.state?.provenance.content.rows ?? Number.POSITIVE_INFINITY
    return this.#bounds.get(key) ?? { rows, removed: 0, added: 0 }
  }

  #observation(key: string): Observation {
    const observed = this.#observations.get(key)
    if (!observed) throw new Error(`${key} was planned but not observed`)
    return observed
  }
}

/** The query's bound on rows, lowered by the primary key: no two rows of a table share it. */
function tableRowsAtMost({ query, primaryKey, oneRow }: ResolvedTable, bounds: UpstreamBounds): number {
  if (oneRow) return 1
  const key = primaryKey.flatMap((name) => query.outputs.find((output) => output.name === name)?.id ?? [])
  const rows = rowsAtMost(query.relation, bounds)
  return key.length === 0 ? rows : Math.min(rows, valuesAtMost(query.relation, key, bounds))
}

/** The estimate for a source whose files could not be listed. */
const UNKNOWN: StepEstimate = {
  certainty: 'at-most',
  keys: null,
  read: { rows: null, bytes: null },
  written: { rows: null, bytes: null },
  files: [],
}

function sourceFileChanges(
  source: string,
  { manifest, changes }: NonNullable<Observation['source']>,
): readonly FileChange[] {
  const change = (path: string, kind: FileChange['change'], rowsAfter: number | null): FileChange => {
    return { source, path, change: kind, rowsBefore: manifest.entry(path)?.rows ?? 0, rowsAfter }
  }
  const all = [
    ...changes.added.map(({ path }) => change(path, 'added', null)),
    ...changes.changed.map(({ path }) => change(path, 'changed', null)),
    ...changes.removed.map((path) => change(path, 'removed', 0)),
  ]
  return all.toSorted(byPath)
}

/** Such as `year=2018/month=11`. */
const partitionName = (partition: PartitionValues): string =>
  Object.entries(partition)
    .map(([name, value]) => `${name}=${value}`)
    .join('/')

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

const volume = (rows: number, bytes: number | null): EstimatedVolume => ({ rows: finite(rows), bytes })

function sum<Item>(items: readonly Item[], amount: (item: Item) => number): number {
  return items.reduce((total, item) => total + amount(item), 0)
}
