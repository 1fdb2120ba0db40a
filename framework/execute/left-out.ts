/** The assets that a run leaves out: those whose table cannot be read, and all that depends on them. */
import { LakeError } from '../errors.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import { isEmptied, type Observation, type Observations } from '../observe/observation.ts'
import { reportError } from '../run/error-report.ts'
import type { AssetResult, EventSink } from '../run/events.ts'
import type { RunResult } from './run-plan.ts'

export interface LeftOut {
  /** Key -> why its table cannot be read: it is damaged, or another program has written to it. */
  readonly unreadable: ReadonlyMap<string, LakeError>
  /** What depends on them, upstreams first -> those of them that it depends on. */
  readonly dependent: ReadonlyMap<string, readonly string[]>
}

export interface ToBuild {
  readonly keys: readonly string[]
  readonly selected: readonly string[]
  /** Sources may have no files. */
  readonly allowEmpty: boolean
}

/**
 * A table that cannot be read stops what depends on it, and nothing else. Throws the problems, all in one message, where none of the selected
 * assets could be built, and where one of them is of another kind.
 */
export function leftOut(
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
  const ofOtherKind = problems.filter(([, { code }]) => code !== 'corrupt-table')
  if (ofOtherKind.length > 0 || selected.every((key) => affected.has(key))) {
    throwProblems([...new Map([...ofOtherKind, ...problems]).values()])
  }
  const reasons = [...unreadable.keys()].map((key) => [key, new Set(graph.withDownstream([key]))] as const)
  const becauseOf = (key: string) => reasons.flatMap(([reason, reached]) => (reached.has(key) ? [reason] : []))
  const dependent = keys.filter((key) => affected.has(key) && !unreadable.has(key))
  return { unreadable, dependent: new Map(dependent.map((key) => [key, becauseOf(key)])) }
}

function problemOf(observed: Observation | undefined, allowEmpty: boolean): LakeError | undefined {
  return observed && allowEmpty && isEmptied(observed) ? undefined : observed?.problem
}

/** The first of them gives the code, and so the exit status. */
function throwProblems(problems: readonly LakeError[]): void {
  const [first] = problems
  if (!first) return
  if (problems.length === 1) throw first
  const message = problems.map((problem) => problem.message).join('\n')
  const remedies = problems.flatMap(({ remedy }) => remedy ?? [])
  throw new LakeError(first.code, message, {
    ...(first.asset !== undefined && { asset: first.asset }),
    ...(remedies.length > 0 && { remedy: remedies.join('\n') }),
    cause: first,
  })
}

export interface Telling {
  readonly runId: string
  readonly now: () => Date
  readonly emit: EventSink
}

/** Tells that they are left out, each as a step that ended without having begun. */
export function tellLeftOut(result: readonly AssetResult[], left: LeftOut, { runId, now, emit }: Telling): void {
  for (const asset of result) {
    const problem = left.unreadable.get(asset.key)
    emit({
      type: 'step-finished',
      ...{ runId, at: now().toISOString(), asset: asset.key, ...asset, rows: null, durationMs: 0 },
      ...(problem && { error: reportError(problem, asset.key) }),
    })
  }
}

/** What came of them. */
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

/** The result of the run with theirs, upstreams first: a run that had to leave something out has failed. */
export function withLeftOut(graph: AssetGraph, result: RunResult, { left, results }: Omission): RunResult {
  const [first] = left.unreadable
  if (!first) return result
  const [key, problem] = first
  const byKey = new Map([...result.assets, ...results].map((asset) => [asset.key, asset]))
  return {
    status: result.status === 'succeeded' ? 'failed' : result.status,
    assets: graph.assets.flatMap(({ key }) => byKey.get(key) ?? []),
    error: result.error ?? reportError(problem, key),
  }
}

export interface Omission {
  readonly left: LeftOut
  /** As `resultsOf` gives them. */
  readonly results: readonly AssetResult[]
}
