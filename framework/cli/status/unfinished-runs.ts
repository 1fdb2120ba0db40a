/** Reads the unfinished runs of all processes on a lake. */
import { foldRun, type RunView } from '../../report/run/run-view.ts'
import { newestRuns, readRun } from '../../run/run-log.ts'
import type { Storage } from '../../storage/storage.ts'

/**
 * Number of the newest runs to read. Older runs that have not ended hold claims, by which they are
 * found.
 */
const NEWEST = 5

/**
 * Returns a function that reads the runs in `live`, and each new run once. Of the new ones, it
 * returns those that have not ended.
 */
export function unfinishedRuns(lake: Storage): (live: ReadonlySet<string>) => Promise<readonly RunView[]> {
  const seen = new Set<string>()
  return async (live) => {
    const news = (await newestRuns(lake, NEWEST)).filter((runId) => !seen.has(runId))
    for (const runId of news) seen.add(runId)
    const views = await Promise.all(
      [...new Set([...live, ...news])].map(async (runId) => foldRun(await readRun(lake, runId).catch(() => []))),
    )
    return views.flatMap((view) => (view && (view.status === 'running' || live.has(view.runId)) ? [view] : []))
  }
}
