/** Derives the plan of a run from the graph and the observations. */
import type { AssetGraph } from '../graph/asset-graph.ts'
import { type ResolvedAsset, type ResolvedTable, usesRawSql } from '../graph/resolved-asset.ts'
import type { Cause, RenamedCause } from '../observe/cause.ts'
import { uncheckedBy } from '../observe/expected/checked-rows.ts'
import {
  type FormerTable,
  isUnreadable,
  type Observation,
  type Observations,
  type TableState,
} from '../observe/observation.ts'
import { isReadOnDemand } from '../observe/rows/observe-rows.ts'
import { type CurrentUpstream, type CurrentUpstreams, isPending, stalenessCauses } from '../observe/staleness.ts'

/**
 * `ingest` reads new and changed files of a source. `full` rebuilds a table in full. `keys` and
 * `partitions` replace what the deltas of its upstreams affect. `check` runs the checks of a table
 * that is not stale over its current rows. `rename` moves a table that is not stale to its current
 * key, or records the current keys of its upstreams.
 */
export type StepMode = 'ingest' | 'full' | 'keys' | 'partitions' | 'check' | 'rename'

/** Whether a step of this mode changes no rows, because the asset is not stale. */
export const leavesRows = (mode: StepMode): boolean => mode === 'check' || mode === 'rename'

/**
 * The work on one asset. `lake plan` prints the same list of steps that `lake materialize` walks.
 */
export interface PlanStep {
  readonly asset: string
  readonly mode: StepMode
  /**
   * True if all causes are upstream steps. If those change no rows, the asset is fresh after all.
   */
  readonly conditional: boolean
  readonly causes: readonly Cause[]
  /** The former key of its table. In each mode, the step moves the table first. */
  readonly movedFrom?: string
  /** Why an incremental table is rebuilt in full. Missing if the causes explain it. */
  readonly fullReason?: string
  /** Why an incremental table follows its upstreams, if a rebuild was considered. */
  readonly follows?: string
  /** Present if the query contains raw SQL, which lake does not examine. */
  readonly rawSql?: true
}

/** Steps in an order that puts every asset after its upstreams. */
export interface Plan {
  readonly steps: readonly PlanStep[]
  /** Observed assets that need no step. */
  readonly fresh: readonly string[]
}

interface PlanScope {
  /** The assets to bring up to date, upstreams first. */
  readonly keys: readonly string[]
  /** The assets to rebuild even if they are fresh. */
  readonly forced: ReadonlySet<string>
  /**
   * The assets that the command names. A source that is read on demand is read only if it is named.
   */
  readonly named?: ReadonlySet<string>
}

/** Makes the plan. Pure: the same arguments always give the same plan. */
export function makePlan(graph: AssetGraph, observations: Observations, scope: PlanScope): Plan {
  const steps = new Map<string, PlanStep>()
  const upstream: CurrentUpstreams = (key) => {
    const observed = observations.get(key)
    if (isUnreadable(observed)) return { kind: 'unreadable' }
    const step = steps.get(key)
    return step && !leavesRows(step.mode) ? { kind: 'pending' } : current(observed?.state)
  }
  for (const key of scope.keys) {
    const observed = observations.get(key)
    if (!observed) throw new Error(`${key} was planned but not observed`)
    if (isUnreadable(observed)) continue
    const asset = graph.get(key)
    const forced: readonly Cause[] = scope.forced.has(key) ? [FORCED] : []
    const demanded: readonly Cause[] =
      observed.state && scope.named?.has(key) && isReadOnDemand(asset) ? [DEMANDED] : []
    const causes = [...forced, ...stalenessCauses(asset, observed, upstream), ...demanded]
    if (causes.length === 0) {
      const step = checkStep(asset, observed) ?? renameStep(observed)
      if (step) steps.set(key, step)
      continue
    }
    const mode = stepMode(asset, causes, observations)
    const fullReason = mode === 'full' ? fullRefreshReason(asset, observed.state) : undefined
    steps.set(key, {
      asset: key,
      mode,
      conditional: causes.every(isPending),
      causes,
      ...movedFrom(observed),
      ...(fullReason !== undefined && { fullReason }),
      ...(usesRawSql(asset) && { rawSql: true }),
    })
  }
  const isFresh = (key: string) => !steps.has(key) && !isUnreadable(observations.get(key))
  return { steps: [...steps.values()], fresh: scope.keys.filter(isFresh) }
}

/** Returns undefined if the rows have passed all declared checks. */
function checkStep(asset: ResolvedAsset, observed: Observation): PlanStep | undefined {
  const checks = uncheckedBy(asset, observed.state)
  if (checks.length === 0) return undefined
  const message = `its rows have not passed: ${checks.join('; ')}`
  const causes = [{ kind: 'checks-changed', message, checks } as const]
  return { asset: asset.key, mode: 'check', conditional: false, causes, ...movedFrom(observed) }
}

function renameStep(observed: Observation): PlanStep | undefined {
  const causes = renamedCauses(observed)
  if (causes.length === 0) return undefined
  return { asset: observed.key, mode: 'rename', conditional: false, causes, ...movedFrom(observed) }
}

/**
 * The keys that the step corrects without changing rows: the table's own key, and recorded keys of
 * its upstreams.
 */
export function renamedCauses({ key: to, former, renamed = [] }: Observation): readonly RenamedCause[] {
  const own = former && ownCause(former, to)
  const others = renamed.map(({ from, to }) => ({
    ...({ kind: 'renamed', message: `its upstream ${from} is called ${to} now` } as const),
    ...{ from, to },
  }))
  return own ? [own, ...others] : others
}

function ownCause({ kind, key: from }: FormerTable, to: string): RenamedCause | undefined {
  switch (kind) {
    case 'apart':
      return undefined
    case 'to-move':
      return { kind: 'renamed', message: `moved from ${from}`, from, to }
    case 'moved':
      return { kind: 'renamed', message: `moved from ${from}; what is left there is removed`, from, to }
  }
}

const movedFrom = ({ former }: Observation): Pick<PlanStep, 'movedFrom'> =>
  former?.kind === 'to-move' ? { movedFrom: former.key } : {}

/**
 * A table can follow its upstreams if only their rows have changed since it was built, and the old
 * versions are known.
 */
function stepMode(asset: ResolvedAsset, causes: readonly Cause[], observations: Observations): StepMode {
  if (asset.kind === 'source') return 'ingest'
  const { incremental } = asset
  if (incremental?.kind !== 'followed' || hasOtherChecks(asset, observations.get(asset.key)?.state)) return 'full'
  const canFollow = (cause: Cause) =>
    cause.kind === 'vectors-off' ||
    (cause.kind === 'upstream-changed' &&
      cause.fromVersion !== null &&
      (observations.get(cause.upstream)?.state?.version ?? -1) >= cause.fromVersion)
  return causes.every(canFollow) ? incremental.mode : 'full'
}

/**
 * An increment does not check the rows that it keeps, so they must have passed the same checks
 * before.
 */
const hasOtherChecks = (asset: ResolvedTable, state: TableState | undefined): boolean =>
  state !== undefined &&
  (state.provenance.checked ? uncheckedBy(asset, state).length > 0 : state.provenance.code.checks !== asset.code.checks)

/** Returns undefined if the causes explain the full refresh. */
function fullRefreshReason(asset: ResolvedAsset, state: TableState | undefined): string | undefined {
  if (asset.kind === 'source' || !asset.incremental) return undefined
  const { incremental } = asset
  if (incremental.kind === 'refused') return `changes cannot be followed through ${incremental.reason}`
  return hasOtherChecks(asset, state) ? 'its checks have changed' : undefined
}

const DEMANDED: Cause = { kind: 'rows-due', message: 'is read on demand, and was named' }

const FORCED: Cause = { kind: 'forced', message: 'asked for with --full' }

/** The state of a table for its downstreams. */
export function current(state: TableState | undefined): CurrentUpstream {
  if (!state) return { kind: 'missing' }
  const { content, before } = state.provenance
  return { kind: 'current', version: state.version, content, ...(before && { before }) }
}
