// The assets that a run leaves out: those whose table cannot be read, and all that depends on them.

import type { LakeError } from '../errors.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { Observation, Observations } from '../observe/observation.ts'
import { reportError } from '../run/error-report.ts'
import type { AssetResult, EventSink } from '../run/events.ts'
import type { RunResult } from './run-plan.ts'

export interface LeftOut {
  /** Key -> why its table cannot be read: it is damaged, or another program has written to it. */
  readonly unreadable: ReadonlyMap<string, LakeError>
  /** What depends on them, upstreams first. */
  readonly dependent: readonly string[]
}

export interface ToBuild {
  readonly keys: readonly string[]
  readonly selected: readonly string[]
  readonly forced: ReadonlySet<string>
}

/**
 * A table that cannot be read stops what depends on it, and nothing else. Throws the problem where none of the selected assets could be built,
 * and any problem of another kind.
 */
export function leftOut(graph: AssetGraph, observations: Observations, { keys, selected, forced }: ToBuild): LeftOut {
  const unreadable = new Map<string, LakeError>()
  for (const key of keys) {
    const problem = problemOf(observations.get(key), forced)
    if (problem && problem.code !== 'corrupt-table') throw problem
    if (problem) unreadable.set(key, problem)
  }
  const [first] = unreadable.values()
  const affected = new Set(graph.withDownstream(unreadable.keys()))
  if (first && selected.every((key) => affected.has(key))) throw first
  return { unreadable, dependent: keys.filter((key) => affected.has(key) && !unreadable.has(key)) }
}

/** A source that has lost the list of its files can be read anew. */
function problemOf(observed: Observation | undefined, forced: ReadonlySet<string>): LakeError | undefined {
  const isReadAnew = observed?.source !== undefined && forced.has(observed.key)
  return isReadAnew ? undefined : observed?.problem
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
    ...dependent.map((key) => result(key, 'skipped')),
  ]
}

/** The result of the run with theirs, upstreams first: a run that had to leave something out has failed. */
export function withLeftOut(graph: AssetGraph, result: RunResult, left: readonly AssetResult[]): RunResult {
  if (left.length === 0) return result
  const byKey = new Map([...result.assets, ...left].map((asset) => [asset.key, asset]))
  return {
    status: result.status === 'succeeded' ? 'failed' : result.status,
    assets: graph.assets.flatMap(({ key }) => byKey.get(key) ?? []),
  }
}
