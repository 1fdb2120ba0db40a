/** Observes the lake for `lake status` and `lake show`. */
import { observe } from '../observe/observe.ts'
import { movedKey } from '../observe/renamed-tables.ts'
import { undeclaredTables } from '../observe/undeclared-tables.ts'
import { makePlan } from '../plan/plan.ts'
import { foldRun } from '../report/run/run-view.ts'
import { type RunningWork, type StatusReport, statusReport } from '../report/status.ts'
import { type Claim, SCHEDULER_CLAIM } from '../run/claims/claim.ts'
import { activeClaims } from '../run/claims/open-claims.ts'
import { readNotes } from '../run/failures.ts'
import { readRun } from '../run/run-log.ts'
import type { Storage } from '../storage/storage.ts'
import type { Project } from './project/project.ts'

/**
 * Returns the state of each asset, or of the assets in `only`. `only` has to contain all upstreams
 * of its assets, because their state depends on them. An asset that cannot be observed has the
 * reason among its causes.
 */
export async function loadStatus({ graph, storages }: Project, only?: readonly string[]): Promise<StatusReport> {
  const assets = only ? only.map((key) => graph.get(key)) : graph.assets
  const declared = new Set(graph.assets.map(({ key }) => key))
  const [observations, notes, claims, undeclared] = await Promise.all([
    observe(storages, assets),
    readNotes(storages.lake),
    activeClaims(storages.lake),
    only ? [] : undeclaredTables(storages.lake, declared),
  ])
  const scope = { keys: assets.map(({ key }) => key), forced: new Set<string>() }
  const plan = makePlan(graph, observations, scope)
  const jobs = await runningWork(storages.lake, claims)
  const moved = new Set([...observations.values()].flatMap((observed) => movedKey(observed) ?? []))
  const scheduler = claims.find(({ key }) => key === SCHEDULER_CLAIM)
  return {
    ...statusReport({
      now: new Date(),
      ...{ lake: storages.lake.uri, assets, observations, plan, notes, claims, jobs },
      undeclared: undeclared.filter((key) => !moved.has(key)),
    }),
    scheduler: scheduler ? { host: scheduler.host, pid: scheduler.pid } : null,
  }
}

/** Returns the last job of each run that has reported one, by run ID. */
async function runningWork(lake: Storage, claims: readonly Claim[]): Promise<ReadonlyMap<string, RunningWork>> {
  const work = new Map<string, RunningWork>()
  for (const runId of new Set(claims.map((claim) => claim.runId))) {
    const view = foldRun(await readRun(lake, runId).catch(() => []))
    const job = view?.jobs.at(-1)
    if (!view || !job) continue
    work.set(runId, { where: job.where, since: view.startedAt, ...(view.cost !== null && { cost: view.cost }) })
  }
  return work
}
