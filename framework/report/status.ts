import { isDeepStrictEqual } from 'node:util'
import { describeChecks } from '../graph/describe-checks.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { Cause } from '../observe/cause.ts'
import { uncheckedBy } from '../observe/checked-rows.ts'
import type { Observation, Observations } from '../observe/observation.ts'
import { renamedWarnings } from '../observe/renamed.ts'
import { sourceWarnings } from '../observe/sources/source-warnings.ts'
import { leavesRows, type Plan } from '../plan/plan.ts'
import type { Claim } from '../run/claims.ts'
import type { FailedCheck, Failure, Notes } from '../run/failures.ts'

export type AssetState = 'fresh' | 'stale' | 'missing' | 'failed' | 'running'

/** One asset in `lake status`. */
export interface AssetStatus {
  readonly key: string
  readonly kind: 'source' | 'table'
  readonly state: AssetState
  readonly version: number | null
  readonly rows: number | null
  /** Refused lines; null for tables. */
  readonly rejected: number | null
  readonly partitions: number | null
  /** ISO 8601, UTC. */
  readonly materializedAt: string | null
  /** Why it is stale. Never empty for an asset that is stale or missing. */
  readonly causes: readonly StatusCause[]
  /** The last failure, where nothing was published since, and it would fail again as it stands. */
  readonly failure: Failure | null
  /** The key under which its table still is; there only until a run has moved it. */
  readonly movedFrom?: string
  /** What people should know though it makes nothing stale: files that no source reads, many files gone. There only if there is some. */
  readonly warnings?: readonly string[]
  /** Checks that the rows which stand do not pass, as far as they were run: warnings, and what `lake check` has found. */
  readonly checks: readonly FailedCheck[]
  /** Checks, in words, that are new or stricter than those that the rows have passed. */
  readonly unchecked: readonly string[]
  readonly runId: string | null
  /** What builds it outside the process of the run; there only while something does. */
  readonly job?: RunningWork
}

/** Where the engine of a run that is at work does its work. */
export interface RunningWork {
  /** A process, or cluster and step with a link to the console. */
  readonly where: string
  /** When the run began: ISO 8601, UTC. */
  readonly since: string
  /** What the run has cost so far, in words that say that it is an estimate; there once the run has told it. */
  readonly cost?: string
}

/** A cause of the plan, or what kept the asset from being observed. */
export type StatusCause = Cause | { readonly kind: 'unreadable'; readonly message: string }

export interface StatusReport {
  readonly lake: string
  readonly assets: readonly AssetStatus[]
  /** The scheduler that runs on the lake, `lake schedule run`; null where none does. */
  readonly scheduler?: { readonly host: string; readonly pid: number } | null
  /** Tables in the lake that no asset declares; there only where there are any. */
  readonly undeclared?: readonly string[]
}

export interface StatusInput {
  readonly lake: string
  /** Upstreams first. */
  readonly assets: readonly ResolvedAsset[]
  readonly observations: Observations
  /** The plan of a run over everything that could be observed. */
  readonly plan: Plan
  readonly notes: Notes
  readonly claims: readonly Claim[]
  /** Run -> where its engine works, of runs that are at work and whose engine works elsewhere. */
  readonly jobs: ReadonlyMap<string, RunningWork>
  readonly undeclared: readonly string[]
}

/** Pure: what `lake status` says. */
export function statusReport(input: StatusInput): StatusReport {
  // A table whose rows have only to be checked, or that has only to be moved, is not stale.
  const steps = input.plan.steps.filter(({ mode }) => !leavesRows(mode))
  const causes = new Map(steps.map((step) => [step.asset, step.causes]))
  const claims = new Map(input.claims.map((claim) => [claim.key, claim]))
  const assets = input.assets.map((asset): AssetStatus => {
    const observed = input.observations.get(asset.key)
    const state = observed?.state
    const why = statusCauses(observed, causes.get(asset.key) ?? [])
    const failure = failureOf(input, asset, why)
    const checked = checksOf(input, asset)
    const failed = failure !== null || checked.checks.some(({ severity }) => severity === 'error')
    const claim = claims.get(asset.key)
    const job = claim && input.jobs.get(claim.runId)
    const ofSource = asset.kind === 'source' ? sourceWarnings(asset.declared, observed) : []
    const warnings = [...(observed ? renamedWarnings(observed) : []), ...ofSource]
    return {
      key: asset.key,
      kind: asset.kind,
      state: claim ? 'running' : failed ? 'failed' : stateOf(observed, why),
      version: state?.version ?? null,
      rows: state?.provenance.content.rows ?? null,
      rejected: state?.provenance.source?.rejected ?? null,
      partitions: state?.provenance.partitions ?? null,
      materializedAt: state?.committedAt.toISOString() ?? null,
      causes: why,
      failure,
      ...(observed?.former?.kind === 'to-move' && { movedFrom: observed.former.key }),
      ...(warnings.length > 0 && { warnings }),
      ...checked,
      runId: claim?.runId ?? state?.provenance.runId ?? null,
      ...(job && { job }),
    }
  })
  return { lake: input.lake, assets, ...(input.undeclared.length > 0 && { undeclared: input.undeclared }) }
}

/** A fresh asset's failure counts for as long as the same would be attempted: the same declaration, over the same upstreams. */
function failureOf(
  { notes, observations }: StatusInput,
  { key, code }: ResolvedAsset,
  causes: readonly StatusCause[],
): Failure | null {
  const failure = notes.failures.get(key)
  if (!failure) return null
  if (causes.length > 0) return failure
  const { attempt } = failure
  const isSame =
    attempt !== undefined &&
    attempt.code === code.version &&
    attempt.checks === code.checks &&
    Object.entries(attempt.inputs).every(([input, version]) => observations.get(input)?.state?.version === version)
  return isSame ? failure : null
}

/** What `lake check` has found of this version says more than the version itself. */
function checksOf(
  { notes, observations }: StatusInput,
  asset: ResolvedAsset,
): Pick<AssetStatus, 'checks' | 'unchecked'> {
  const state = observations.get(asset.key)?.state
  const note = notes.checks.get(asset.key)
  if (note && note.version === state?.version && isDeepStrictEqual(note.checks, describeChecks(asset))) {
    return { checks: note.failed, unchecked: [] }
  }
  const warnings = state?.provenance.checked?.warnings ?? []
  const checks = warnings.map(({ check, rows }): FailedCheck => ({ check, severity: 'warn', rows }))
  return { checks, unchecked: uncheckedBy(asset, state) }
}

function statusCauses(observed: Observation | undefined, planned: readonly Cause[]): readonly StatusCause[] {
  const problem = observed?.problem
  return problem ? [{ kind: 'unreadable', message: problem.message }, ...planned] : planned
}

function stateOf(observed: Observation | undefined, causes: readonly StatusCause[]): AssetState {
  if (observed?.problem?.code === 'corrupt-table') return 'failed'
  if (!observed?.state) return 'missing'
  return causes.length > 0 ? 'stale' : 'fresh'
}
