/** Derives the status of the assets from observations, plan, claims and notes. */
import { isDeepStrictEqual } from 'node:util'
import type { RowsMode } from '../declare/rows/rows-from-code.ts'
import { describeChecks } from '../graph/describe-checks.ts'
import { isFromCode, type ResolvedAsset } from '../graph/resolved-asset.ts'
import type { KeyDrift } from '../ingest/keys/key-drift.ts'
import type { Cause } from '../observe/cause.ts'
import { uncheckedBy } from '../observe/expected/checked-rows.ts'
import { type FreshnessState, freshnessOf } from '../observe/expected/freshness.ts'
import type { Observation, Observations, TableState } from '../observe/observation.ts'
import { renamedWarnings } from '../observe/renamed-tables.ts'
import { shownCursor } from '../observe/rows/observe-rows.ts'
import { sourceWarnings } from '../observe/sources/source-warnings.ts'
import { leavesRows, type Plan } from '../plan/plan.ts'
import type { Claim } from '../run/claims/claim.ts'
import type { FailedCheck } from '../run/error-details.ts'
import type { Failure, Notes } from '../run/failures.ts'
import type { ScheduleState } from '../schedule/ticks/schedule-state.ts'

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
  /** Why the asset is stale. Never empty if the asset is stale or missing. */
  readonly causes: readonly StatusCause[]
  /**
   * The last failure. null once the asset is published again, or once a new attempt would differ.
   */
  readonly failure: Failure | null
  /** The former key of its table. Missing once a run has moved the table. */
  readonly movedFrom?: string
  /**
   * Warnings that make nothing stale, such as files that no source reads. Missing if there are
   * none.
   */
  readonly warnings?: readonly string[]
  /** How the keys of a source's rows differ from its columns. Missing if it was not counted. */
  readonly drift?: KeyDrift
  /** How far code has given the rows of a source. Missing for other assets. */
  readonly rowsFromCode?: RowsFromCodeStatus
  /**
   * The newest version of the source's Delta table, and the version that was read: null if none
   * was. If only other data of the table changed, the newer version is not read. Missing for other
   * assets.
   */
  readonly deltaTable?: { readonly version: number; readonly read: number | null }
  /**
   * Checks that the current rows failed: checks of severity `warn`, and the results of `lake
   * check`.
   */
  readonly checks: readonly FailedCheck[]
  /** Descriptions of checks that are new or stricter than those that the rows have passed. */
  readonly unchecked: readonly string[]
  /** Whether the asset is overdue. Missing if it declares no freshness. */
  readonly freshness?: FreshnessState
  readonly runId: string | null
  /** The job that builds the asset outside the process of the run. Missing if there is none. */
  readonly job?: RunningWork
}

interface RowsFromCodeStatus {
  readonly mode: RowsMode
  /** When the last read began: ISO 8601, UTC. */
  readonly readAt: string
  /** Whether the last read came to its end. */
  readonly complete: boolean
  /** Where the next read begins. Missing if it begins at the start. */
  readonly cursor?: unknown
}

/** A job of a running engine outside the process of the run. */
export interface RunningWork {
  /** A process, or cluster and step with a link to the console. */
  readonly where: string
  /** When the run began: ISO 8601, UTC. */
  readonly since: string
  /**
   * Cost of the run so far, as text that says it is an estimate. Missing until the run reports it.
   */
  readonly cost?: string
}

/** A cause of the plan, or why the asset could not be observed. */
type StatusCause = Cause | { readonly kind: 'unreadable'; readonly message: string }

export interface StatusReport {
  readonly lake: string
  readonly assets: readonly AssetStatus[]
  /** The process of `lake schedule run` on this lake. null if there is none. */
  readonly scheduler?: { readonly host: string; readonly pid: number } | null
  /** Tables in the lake that no asset declares. Missing if there are none. */
  readonly undeclared?: readonly string[]
  /** The schedules that refresh the lake. Missing if there are none. */
  readonly schedules?: readonly ScheduleState[]
}

interface StatusInput {
  readonly lake: string
  /** Upstreams first. */
  readonly assets: readonly ResolvedAsset[]
  readonly observations: Observations
  /** The plan of a run over all assets that could be observed. */
  readonly plan: Plan
  readonly notes: Notes
  readonly claims: readonly Claim[]
  /** Run ID -> its job outside the process of the run. */
  readonly jobs: ReadonlyMap<string, RunningWork>
  readonly undeclared: readonly string[]
  readonly now: Date
}

/** Pure. */
export function statusReport(input: StatusInput): StatusReport {
  // A table that only has to be checked or moved is not stale.
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
    const freshness = freshnessOf(asset, state, input.now)
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
      ...(state?.provenance.source?.drift && { drift: state.provenance.source.drift }),
      ...rowsStatus(asset, state),
      ...tableStatus(observed),
      ...checked,
      ...(freshness && { freshness }),
      runId: claim?.runId ?? state?.provenance.runId ?? null,
      ...(job && { job }),
    }
  })
  return { lake: input.lake, assets, ...(input.undeclared.length > 0 && { undeclared: input.undeclared }) }
}

function rowsStatus(asset: ResolvedAsset, state: TableState | undefined): Pick<AssetStatus, 'rowsFromCode'> {
  const rows = state?.provenance.source?.rows
  if (!rows || !isFromCode(asset)) return {}
  const { readAt, complete, cursor } = rows
  const { mode } = asset.declared.rows
  return { rowsFromCode: { mode, readAt, complete, ...(cursor !== undefined && { cursor: shownCursor(cursor) }) } }
}

function tableStatus(observed: Observation | undefined): Pick<AssetStatus, 'deltaTable'> {
  const table = observed?.source?.table
  if (!table) return {}
  return { deltaTable: { version: table.version, read: observed.state?.provenance.source?.table?.version ?? null } }
}

/**
 * Returns the failure of a fresh asset only while a new attempt would be the same: same
 * declaration, same upstreams.
 */
function failureOf(
  { notes, observations }: StatusInput,
  asset: ResolvedAsset,
  causes: readonly StatusCause[],
): Failure | null {
  const { key, code } = asset
  const failure = notes.failures.get(key)
  if (!failure) return null
  if (causes.length > 0) return failure
  // The refused files no longer exist: the current files are the files of the version.
  if (asset.kind === 'source' && !asset.declared.rows && failure.error.code === 'source-broken') return null
  const { attempt } = failure
  const isSame =
    attempt !== undefined &&
    attempt.code === code.version &&
    attempt.checks === code.checks &&
    Object.entries(attempt.inputs).every(([input, version]) => observations.get(input)?.state?.version === version)
  return isSame ? failure : null
}

/** Prefers the results of `lake check` for this version to those that the version recorded. */
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
  const checks = warnings.map(
    ({ check, rows, explanation }): FailedCheck => ({
      ...{ check, severity: 'warn', rows },
      ...(explanation !== undefined && { explanation }),
    }),
  )
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
