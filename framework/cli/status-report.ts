import { observe } from '../observe/observe.ts'
import { makePlan } from '../plan/plan.ts'
import { type StatusReport, statusReport } from '../report/status.ts'
import { activeClaims } from '../run/claims.ts'
import { readFailures } from '../run/failures.ts'
import type { Project } from './project.ts'

/**
 * Observes the assets, everything unless their keys are given, and says how each stands. Keys come with all of their upstreams, on
 * which their state depends. What cannot be observed is told as that asset's cause.
 */
export async function loadStatus({ graph, places }: Project, only?: readonly string[]): Promise<StatusReport> {
  const assets = only ? only.map((key) => graph.get(key)) : graph.assets
  const [observations, failures, claims] = await Promise.all([
    observe(places, assets),
    readFailures(places.lake),
    activeClaims(places.lake),
  ])
  const scope = { keys: assets.map(({ key }) => key), forced: new Set<string>() }
  const plan = makePlan(graph, observations, scope)
  return statusReport({ lake: places.lake.uri, assets, observations, plan, failures, claims })
}
