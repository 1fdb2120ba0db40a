/** Observes what a selection needs, and plans it. */
import type { AssetGraph } from '../../graph/asset-graph.ts'
import { select } from '../../graph/selection.ts'
import type { Observations } from '../../observe/observation.ts'
import { observe, type ProjectStorages } from '../../observe/observe.ts'
import { followersOf } from '../../plan/followers.ts'
import { makePlan, type Plan } from '../../plan/plan.ts'
import { chooseStep } from '../increment/choose-step.ts'
import type { RefreshPolicy } from '../increment/refresh-choice.ts'
import { assetsLeftOut, type LeftOut } from './left-out.ts'

/** What a caller wants to bring up to date. */
export interface Wanted extends RefreshPolicy {
  /** Selection terms. If there are none, all assets are selected. */
  readonly selection: readonly string[]
  /** Rebuild the selected assets even if they are fresh. */
  readonly full: boolean
  /** Leave upstreams as they are. */
  readonly only: boolean
  /** Accept a source that has no files, or no longer has any, as empty. */
  readonly allowEmpty?: boolean
}

export interface Planned {
  readonly plan: Plan
  readonly observations: Observations
  /** Assets that the plan leaves out because they cannot be built. */
  readonly leftOut: LeftOut
}

/**
 * Observes what the selection needs, and plans it. If a table is unreadable, the plan leaves out
 * the assets that depend on it. Throws all other problems as one error.
 */
export async function planWanted(graph: AssetGraph, storages: ProjectStorages, wanted: Wanted): Promise<Planned> {
  const selected = select(graph, wanted.selection)
  const keys = wanted.only ? selected : graph.withUpstream(selected)
  // With --only the upstreams are not refreshed, but their changes still make assets stale.
  const observed = new Set([...keys, ...keys.flatMap((key) => graph.upstream(key))])
  const assets = graph.assets.filter(({ key }) => observed.has(key))
  const observations = await observe(storages, assets)
  const forced = new Set(wanted.full ? selected : [])
  const leftOut = assetsLeftOut(graph, observations, { keys, selected, allowEmpty: wanted.allowEmpty ?? false })
  const built = keys.filter((key) => !leftOut.unreadable.has(key) && !leftOut.dependent.has(key))
  const named = new Set(wanted.selection.map((term) => term.replace(/^\+?(?:source:)?|\+$/g, '')))
  const plan = makePlan(graph, observations, { keys: built, forced, named })
  if (wanted.alwaysFollow) return { plan, observations, leftOut }
  const stateOf = (key: string) => observations.get(key)?.state
  const { signal } = new AbortController()
  const followers = followersOf(graph, plan.steps)
  const context = { lake: storages.lake, graph, engine: wanted.engineName, stateOf, followers, signal }
  // The costs of a conditional step are known only after its upstreams have run.
  const chosen = plan.steps.map(async (step) => (step.conditional ? step : chooseStep(context, step)))
  return { plan: { ...plan, steps: await Promise.all(chosen) }, observations, leftOut }
}
