/** Reconstructs the ends of steps that a killed run could not record. */
import { type HistoryEntry, history } from '../delta/history.ts'
import { knownProvenance } from '../observe/provenance.ts'
import type { RunView } from '../report/run/run-view.ts'
import type { RunEvent } from '../run/events.ts'
import type { Storage } from '../storage/storage.ts'

/** Maximum number of versions of a table to search for the run. */
const VERSIONS_SEARCHED = 50

/**
 * Returns a `step-finished` event for each step whose end is missing from the run's log. The
 * commits of the tables show what the run published; all other steps count as canceled. Searches
 * only the newest versions of each table.
 */
export async function unrecordedEnds(
  lake: Storage,
  { runId, assets, startedAt }: RunView,
): Promise<readonly RunEvent[]> {
  const open = assets.filter(({ state }) => state === 'running' || state === 'waiting')
  return Promise.all(
    open.map(async ({ key }): Promise<RunEvent> => {
      const published = await publishedBy(lake, key, runId)
      const none = { outcome: 'canceled', version: null, rowsWritten: 0, rows: null } as const
      const end = published ? endOf(published) : none
      return {
        type: 'step-finished',
        runId,
        at: startedAt,
        asset: key,
        key,
        partitionsWritten: 0,
        durationMs: 0,
        ...end,
      }
    }),
  )
}

async function publishedBy(lake: Storage, key: string, runId: string): Promise<HistoryEntry | undefined> {
  // Other commands report a table whose log cannot be read.
  const versions = (await history(lake, key, VERSIONS_SEARCHED).catch(() => undefined)) ?? []
  return versions.find(({ commitInfo }) => knownProvenance(commitInfo.lake)?.runId === runId)
}

function endOf({ version, timestamp, filesAdded, filesRemoved, rowsAdded = 0, commitInfo }: HistoryEntry) {
  const outcome = filesAdded + filesRemoved > 0 ? ('materialized' as const) : ('unchanged' as const)
  const rows = knownProvenance(commitInfo.lake)?.content.rows ?? null
  return { outcome, version, rowsWritten: rowsAdded, rows, at: new Date(timestamp).toISOString() }
}
