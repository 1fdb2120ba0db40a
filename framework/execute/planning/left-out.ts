/**
 * Decides which assets a run leaves out: those whose table is unreadable or whose version function
 * failed, and those that depend on them.
 */
import { asOneError, type LakeError } from '../../errors.ts'
import type { AssetGraph } from '../../graph/asset-graph.ts'
import { isEmptied, type Observation, type Observations } from '../../observe/observation.ts'
import { reportError } from '../../run/error-report.ts'
import type { AssetResult, EventSink } from '../../run/events.ts'
import type { RunResult } from '../run-plan.ts'

export interface LeftOut {
  /**
   * Key -> why it cannot be built. Its table is unreadable: it is damaged, or another program has
   * written to it. Or its version function failed.
   */
  readonly unreadable: ReadonlyMap<string, LakeError>
  /**
   * Key of an asset that depends on unreadable tables -> the keys of these tables. Upstreams first.
   */
  readonly dependent: ReadonlyMap<string, readonly string[]>
}

interface ToBuild {
  readonly keys: readonly string[]
  readonly selected: readonly string[]
  /** Whether a source without files counts as empty on purpose. */
  readonly allowEmpty: boolean
}

/**
 * An unreadable table or a failed version function stops only the assets that depend on it. Throws
 * all problems as one error if no selected asset can be built, or if there is any other problem.
 */
export function assetsLeftOut(
  graph: AssetGraph,
  observations: Observations,
  { keys, selected, allowEmpty }: ToBuild,
): LeftOut {
  const problems = keys.flatMap((key) => {
    const problem = problemOf(observations.get(key), allowEmpty)
    return problem ? [[key, problem] as const] : []
  })
  const unreadable = new Map(problems)
  const affected = new Set(graph.withDownstream(unreadable.keys()))
  const otherProblems = problems.filter(([, problem]) => !isOfOneAsset(problem))
  if (otherProblems.length > 0 || selected.every((key) => affected.has(key))) {
    const error = asOneError([...new Map([...otherProblems, ...problems]).values()])
    if (error) throw error
  }
  const reasons = [...unreadable.keys()].map((key) => [key, new Set(graph.withDownstream([key]))] as const)
  const becauseOf = (key: string) => reasons.flatMap(([reason, reached]) => (reached.has(key) ? [reason] : []))
  const dependent = keys.filter((key) => affected.has(key) && !unreadable.has(key))
  return { unreadable, dependent: new Map(dependent.map((key) => [key, becauseOf(key)])) }
}

/** Whether the error concerns only one asset, so that others can be built. */
const isOfOneAsset = ({ code }: LakeError): boolean => code === 'corrupt-table' || code === 'rows-failed'

function problemOf(observed: Observation | undefined, allowEmpty: boolean): LakeError | undefined {
  return observed && allowEmpty && isEmptied(observed) ? undefined : observed?.problem
}

interface LeftOutReport {
  readonly runId: string
  readonly now: () => Date
  readonly emit: EventSink
}

/** Reports each asset that is left out as a step that ended without having started. */
export function emitLeftOut(
  result: readonly AssetResult[],
  leftOut: LeftOut,
  { runId, now, emit }: LeftOutReport,
): void {
  for (const asset of result) {
    const problem = leftOut.unreadable.get(asset.key)
    emit({
      type: 'step-finished',
      ...{ runId, at: now().toISOString(), asset: asset.key, ...asset, rows: null, durationMs: 0 },
      ...(problem && { error: reportError(problem, asset.key) }),
    })
  }
}

/** The results of the assets that are left out. */
export function resultsOf({ unreadable, dependent }: LeftOut, observations: Observations): readonly AssetResult[] {
  const result = (key: string, outcome: 'failed' | 'skipped'): AssetResult => {
    const version = observations.get(key)?.state?.version ?? null
    return { key, outcome, version, rowsWritten: 0, partitionsWritten: 0 }
  }
  return [
    ...[...unreadable.keys()].map((key) => result(key, 'failed')),
    ...[...dependent].map(([key, because]) => ({ ...result(key, 'skipped'), because })),
  ]
}

/**
 * Adds the assets that are left out to the result of a run, upstreams first. Such a run has failed.
 */
export function withLeftOut(graph: AssetGraph, result: RunResult, { leftOut, results }: Omission): RunResult {
  const [first] = leftOut.unreadable
  if (!first) return result
  const [key, problem] = first
  const byKey = new Map([...result.assets, ...results].map((asset) => [asset.key, asset]))
  return {
    status: result.status === 'succeeded' ? 'failed' : result.status,
    assets: graph.assets.flatMap(({ key }) => byKey.get(key) ?? []),
    error: result.error ?? reportError(problem, key),
  }
}

interface Omission {
  readonly leftOut: LeftOut
  /** What `resultsOf` returns. */
  readonly results: readonly AssetResult[]
}
