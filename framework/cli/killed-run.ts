/** What a run did that was killed before it could say so. */
import { type HistoryEntry, history } from '../delta/history.ts'
import { parseProvenance } from '../observe/provenance.ts'
import type { RunView } from '../report/run/run-view.ts'
import type { RunEvent } from '../run/events.ts'
import type { Storage } from '../storage/storage.ts'

const VERSIONS_LOOKED_AT = 50

/**
 * The ends of the steps that the run's log has no end of: what it published is in the commits of the tables, and the rest of it never
 * happened. Versions that are not among the newest ones of their table are not looked for.
 */
export async function unsaidEnds(lake: Storage, { runId, assets, startedAt }: RunView): Promise<readonly RunEvent[]> {
  const open = assets.filter(({ state }) => state === 'running' || state === 'waiting')
  return Promise.all(
    open.map(async ({ key }): Promise<RunEvent> => {
      const published = await publishedBy(lake, key, runId)
      const none = { outcome: 'canceled', version: null, rowsWritten: 0, rows: null } as const
      const end = published ? endOf(published) : none
      return {
        ...{ type: 'step-finished', runId, at: startedAt, asset: key, key, partitionsWritten: 0, durationMs: 0 },
        ...end,
      }
    }),
  )
}

async function publishedBy(lake: Storage, key: string, runId: string): Promise<HistoryEntry | undefined> {
  // A table whose log cannot be read tells nothing here; other commands say what is wrong with it.
  const versions = (await history(lake, key, VERSIONS_LOOKED_AT).catch(() => undefined)) ?? []
  return versions.find(({ commitInfo }) => parseProvenance(commitInfo.lake)?.runId === runId)
}

function endOf({ version, timestamp, filesAdded, filesRemoved, rowsAdded = 0, commitInfo }: HistoryEntry) {
  const outcome = filesAdded + filesRemoved > 0 ? ('materialized' as const) : ('unchanged' as const)
  const rows = parseProvenance(commitInfo.lake)?.content.rows ?? null
  return { outcome, version, rowsWritten: rowsAdded, rows, at: new Date(timestamp).toISOString() }
}
