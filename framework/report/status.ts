import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { Cause } from '../observe/cause.ts'
import type { Observation, Observations } from '../observe/observation.ts'
import { sourceWarnings } from '../observe/source-warnings.ts'
import type { Plan } from '../plan/plan.ts'
import type { Claim } from '../run/claims.ts'
import type { Failure } from '../run/failures.ts'

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
  /** The last failure, where nothing was published since. */
  readonly failure: Failure | null
  /** What people should know though it makes nothing stale: files that no source reads, many files gone. There only if there is some. */
  readonly warnings?: readonly string[]
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
}

export interface StatusInput {
  readonly lake: string
  /** Upstreams first. */
  readonly assets: readonly ResolvedAsset[]
  readonly observations: Observations
  /** The plan of a run over everything that could be observed. */
  readonly plan: Plan
  readonly failures: ReadonlyMap<string, Failure>
  readonly claims: readonly Claim[]
  /** Run -> where its engine works, of runs that are at work and whose engine works elsewhere. */
  readonly jobs: ReadonlyMap<string, RunningWork>
}

/** Pure: what `lake status` says. */
export function statusReport(input: StatusInput): StatusReport {
  const causes = new Map(input.plan.steps.map((step) => [step.asset, step.causes]))
  const claims = new Map(input.claims.map((claim) => [claim.key, claim]))
  const assets = input.assets.map((asset): AssetStatus => {
    const observed = input.observations.get(asset.key)
    const state = observed?.state
    const why = statusCauses(observed, causes.get(asset.key) ?? [])
    const failure = why.length > 0 ? (input.failures.get(asset.key) ?? null) : null
    const claim = claims.get(asset.key)
    const job = claim && input.jobs.get(claim.runId)
    const warnings = asset.kind === 'source' ? sourceWarnings(asset.declared, observed) : []
    return {
      key: asset.key,
      kind: asset.kind,
      state: claim ? 'running' : failure ? 'failed' : stateOf(observed, why),
      version: state?.version ?? null,
      rows: state?.provenance.content.rows ?? null,
      rejected: state?.provenance.source?.rejected ?? null,
      partitions: state?.provenance.partitions ?? null,
      materializedAt: state?.committedAt.toISOString() ?? null,
      causes: why,
      failure,
      ...(warnings.length > 0 && { warnings }),
      runId: claim?.runId ?? state?.provenance.runId ?? null,
      ...(job && { job }),
    }
  })
  return { lake: input.lake, assets }
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
