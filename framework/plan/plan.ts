import type { AssetGraph } from '../graph/asset-graph.ts'
import { type ResolvedAsset, type ResolvedTable, usesRawSql } from '../graph/resolved-asset.ts'
import type { Cause, RenamedCause } from '../observe/cause.ts'
import { uncheckedBy } from '../observe/checked-rows.ts'
import { isUnreadable, type Observation, type Observations, type TableState } from '../observe/observation.ts'
import type { FormerTable } from '../observe/renamed.ts'
import { type CurrentUpstream, type CurrentUpstreams, isPending, stalenessCauses } from '../observe/staleness.ts'

/**
 * `ingest` reads a source's new and changed files; `full` rebuilds a table whole; `keys` and `partitions` replace what of it the changes
 * of its upstreams affect; `check` runs the checks of a table that is not stale over the rows that stand; `rename` moves a table that is not
 * stale to the key that it has now, or records what its upstreams are called now.
 */
export type StepMode = 'ingest' | 'full' | 'keys' | 'partitions' | 'check' | 'rename'

/** Whether a step of this mode leaves the rows as they are, for the asset is not stale. */
export const leavesRows = (mode: StepMode): boolean => mode === 'check' || mode === 'rename'

/** One asset that a run rebuilds. What `lake plan` prints and `lake materialize` walks is the same list of these. */
export interface PlanStep {
  readonly asset: string
  readonly mode: StepMode
  /** The partitions that are recomputed; null for all. */
  readonly partitions: readonly string[] | null
  /** True where all causes are upstream steps that may leave the rows as they are: then the asset is fresh after all. */
  readonly conditional: boolean
  readonly causes: readonly Cause[]
  /** The key under which its table still stands: it is moved first, whatever the mode. */
  readonly movedFrom?: string
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
    return step && !leavesRows(step.mode) ? { kind: 'pending' } : current(observed?.state)
  }
  for (const key of scope.keys) {
    const observed = observations.get(key)
    if (!observed) throw new Error(`${key} was planned but not observed`)
    if (isUnreadable(observed)) continue
    const asset = graph.get(key)
    const forced: readonly Cause[] = scope.forced.has(key) ? [FORCED] : []
    const causes = [...forced, ...stalenessCauses(asset, observed, upstream)]
    if (causes.length === 0) {
      const step = checkStep(asset, observed) ?? renameStep(observed)
      if (step) steps.set(key, step)
      continue
    }
    const mode = stepMode(asset, causes, observations)
    const whole = mode === 'full' ? wholeBecause(asset, observed.state) : undefined
    steps.set(key, {
      ...{ asset: key, mode, partitions: null, conditional: causes.every(isPending), causes },
      ...movedFrom(observed),
      ...(whole !== undefined && { whole }),
      ...(usesRawSql(asset) && { rawSql: true }),
    })
  }
  const isFresh = (key: string) => !steps.has(key) && !isUnreadable(observations.get(key))
  return { steps: [...steps.values()], fresh: scope.keys.filter(isFresh) }
}

/** Undefined where the rows have passed all checks as they are declared. */
function checkStep(asset: ResolvedAsset, observed: Observation): PlanStep | undefined {
  const checks = uncheckedBy(asset, observed.state)
  if (checks.length === 0) return undefined
  const message = `its rows have not passed: ${checks.join('; ')}`
  const causes = [{ kind: 'checks-changed', message, checks } as const]
  return { asset: asset.key, mode: 'check', partitions: null, conditional: false, causes, ...movedFrom(observed) }
}

function renameStep(observed: Observation): PlanStep | undefined {
  const causes = renamedCauses(observed)
  if (causes.length === 0) return undefined
  return { asset: observed.key, mode: 'rename', partitions: null, conditional: false, causes, ...movedFrom(observed) }
}

/** What of names has to be put right though no row changes: its own, and those that it has recorded. */
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
      return { kind: 'renamed', message: `moved from ${from}, of which the rest is removed`, from, to }
  }
}

const movedFrom = ({ former }: Observation): Pick<PlanStep, 'movedFrom'> =>
  former?.kind === 'to-move' ? { movedFrom: former.key } : {}

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
