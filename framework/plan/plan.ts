import type { AssetGraph } from '../graph/asset-graph.ts'
import { type ResolvedAsset, type ResolvedTable, usesRawSql } from '../graph/resolved-asset.ts'
import type { Cause } from '../observe/cause.ts'
import { uncheckedBy } from '../observe/checked-rows.ts'
import { isUnreadable, type Observations, type TableState } from '../observe/observation.ts'
import { type CurrentUpstream, type CurrentUpstreams, isPending, stalenessCauses } from '../observe/staleness.ts'

/**
 * `ingest` reads a source's new and changed files; `full` rebuilds a table whole; `keys` and `partitions` replace what of it the changes
 * of its upstreams affect; `check` runs the checks of a table that is not stale over the rows that stand.
 */
export type StepMode = 'ingest' | 'full' | 'keys' | 'partitions' | 'check'

/** One asset that a run rebuilds. What `lake plan` prints and `lake materialize` walks is the same list of these. */
export interface PlanStep {
  readonly asset: string
  readonly mode: StepMode
  /** The partitions that are recomputed; null for all. */
  readonly partitions: readonly string[] | null
  /** True where all causes are upstream steps that may leave the rows as they are: then the asset is fresh after all. */
  readonly conditional: boolean
  readonly causes: readonly Cause[]
  /** Why a table that is declared incremental is rebuilt whole, where the causes do not say. */
  readonly whole?: string
  /** Present where the query has SQL of the author's own, which is not examined. */
  readonly rawSql?: true
}

/** Steps in an order in which every asset comes after its upstreams. */
export interface Plan {
  readonly steps: readonly PlanStep[]
  /** Assets that were looked at and need nothing. */
  readonly fresh: readonly string[]
}

export interface PlanScope {
  /** What is brought up to date, upstreams first. */
  readonly keys: readonly string[]
  /** What is rebuilt whatever its state. */
  readonly forced: ReadonlySet<string>
}

/** Pure: the same graph, observations and scope always give the same plan. */
export function makePlan(graph: AssetGraph, observations: Observations, scope: PlanScope): Plan {
  const steps = new Map<string, PlanStep>()
  const upstream: CurrentUpstreams = (key) => {
    const observed = observations.get(key)
    if (isUnreadable(observed)) return { kind: 'unreadable' }
    const step = steps.get(key)
    return step && step.mode !== 'check' ? { kind: 'pending' } : current(observed?.state)
  }
  for (const key of scope.keys) {
    const observed = observations.get(key)
    if (!observed) throw new Error(`${key} was planned but not observed`)
    if (isUnreadable(observed)) continue
    const asset = graph.get(key)
    const forced: readonly Cause[] = scope.forced.has(key) ? [FORCED] : []
    const causes = [...forced, ...stalenessCauses(asset, observed, upstream)]
    if (causes.length === 0) {
      const step = checkStep(asset, observed.state)
      if (step) steps.set(key, step)
      continue
    }
    const mode = stepMode(asset, causes, observations)
    const whole = mode === 'full' ? wholeBecause(asset, observed.state) : undefined
    steps.set(key, {
      ...{ asset: key, mode, partitions: null, conditional: causes.every(isPending), causes },
      ...(whole !== undefined && { whole }),
      ...(usesRawSql(asset) && { rawSql: true }),
    })
  }
  const isFresh = (key: string) => !steps.has(key) && !isUnreadable(observations.get(key))
  return { steps: [...steps.values()], fresh: scope.keys.filter(isFresh) }
}

/** Undefined where the rows have passed all checks as they are declared. */
function checkStep(asset: ResolvedAsset, state: TableState | undefined): PlanStep | undefined {
  const checks = uncheckedBy(asset, state)
  if (checks.length === 0) return undefined
  const message = `its rows have not passed: ${checks.join('; ')}`
  const causes = [{ kind: 'checks-changed', message, checks } as const]
  return { asset: asset.key, mode: 'check', partitions: null, conditional: false, causes }
}

/** A table can follow its upstreams where nothing but their rows has changed since it was made, and it is known from which versions on. */
function stepMode(asset: ResolvedAsset, causes: readonly Cause[], observations: Observations): StepMode {
  if (asset.kind === 'source') return 'ingest'
  const { incremental } = asset
  if (incremental?.kind !== 'followed' || isCheckedOtherwise(asset, observations.get(asset.key)?.state)) return 'full'
  const canFollow = (cause: Cause) =>
    cause.kind === 'upstream-changed' &&
    cause.fromVersion !== null &&
    (observations.get(cause.upstream)?.state?.version ?? -1) >= cause.fromVersion
  return causes.every(canFollow) ? incremental.mode : 'full'
}

/** Rows that stay are not checked again, so that they have to have been checked for the same. */
const isCheckedOtherwise = (asset: ResolvedTable, state: TableState | undefined): boolean =>
  state !== undefined &&
  (state.provenance.checked ? uncheckedBy(asset, state).length > 0 : state.provenance.code.checks !== asset.code.checks)

function wholeBecause(asset: ResolvedAsset, state: TableState | undefined): string | undefined {
  if (asset.kind === 'source' || !asset.incremental) return undefined
  const { incremental } = asset
  if (incremental.kind === 'whole') return `changes cannot be followed through ${incremental.why}`
  return isCheckedOtherwise(asset, state) ? 'its rows are checked for something else than before' : undefined
}

const FORCED: Cause = { kind: 'forced', message: 'asked for with --full' }

/** A table as those downstream of it find it. */
export function current(state: TableState | undefined): CurrentUpstream {
  if (!state) return { kind: 'missing' }
  const { content, before } = state.provenance
  return { kind: 'current', version: state.version, content, ...(before && { before }) }
}
