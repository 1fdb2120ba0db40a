/** Reads what `lake status` shows of one asset: versions, partitions, refused lines, its query. */

import { type HistoryEntry, history } from '../../delta/history.ts'
import { readSnapshot } from '../../delta/snapshot.ts'
import { messageOf } from '../../errors.ts'
import type { ResolvedAsset } from '../../graph/resolved-asset.ts'
import { placeOf, WHOLE_FILE } from '../../ingest/rejects.ts'
import { buildQuery, canonicalSql } from '../../query/query.ts'
import { sqlLines } from '../../report/layout/sql-lines.ts'
import { versionDocument } from '../../report/tables/asset-document.ts'
import type { AssetFacts, PartitionFacts, RejectFacts, VersionFacts } from '../../report/tables/asset-facts.ts'
import { durationOf, finishedSteps } from '../../run/progress/published-by.ts'
import { readRun } from '../../run/run-log.ts'
import { isLocal } from '../../storage/is-local.ts'
import type { Storage } from '../../storage/storage.ts'
import { refusedLines } from '../../tables/refused-lines.ts'
import { tablePartitions } from '../../tables/table-partitions.ts'

/** Maximum number of versions. A remote lake is slower to answer each request. */
const VERSIONS = { here: 40, elsewhere: 10 }
/** Maximum number of refused lines. */
const REJECTS = 100

/** Reads the facts. `problems` says what could not be read. */
export async function readFacts(lake: Storage, asset: ResolvedAsset): Promise<AssetFacts> {
  const { key, kind, partitionBy } = asset
  const problems: string[] = []
  const orNone = <Item>(reading: Promise<readonly Item[]>): Promise<readonly Item[]> =>
    reading.catch((error) => {
      problems.push(messageOf(error))
      return []
    })
  const [entries, partitions, rejects] = await Promise.all([
    orNone(history(lake, key, isLocal(lake) ? VERSIONS.here : VERSIONS.elsewhere).then((found) => found ?? [])),
    partitionBy.length > 0 ? orNone(readPartitions(lake, key)) : [],
    kind === 'source' ? readRejects(lake, key).catch(() => []) : [],
  ])
  return {
    ...{ key, version: entries[0]?.version ?? null, partitions, rejects, problems },
    versions: await withDurations(lake, key, entries),
    sql: asset.kind === 'table' ? sqlLines(canonicalSql(buildQuery(asset.declared.query))) : [],
  }
}

/** Adds how long the step of each version took, from the logs of runs. */
async function withDurations(
  lake: Storage,
  key: string,
  entries: readonly HistoryEntry[],
): Promise<readonly VersionFacts[]> {
  return Promise.all(
    entries.map(async (entry): Promise<VersionFacts> => {
      const { version, rows, rowsAdded, rowsRemoved, runId } = versionDocument(key, entry)
      const at = new Date(entry.timestamp)
      const events = runId === null ? [] : await readRun(lake, runId).catch(() => [])
      const steps = finishedSteps(events).filter(({ asset }) => asset === key)
      const writer = runId ?? entry.commitInfo.engineInfo ?? 'another program'
      return { version, at, rows, rowsAdded, rowsRemoved, durationMs: durationOf({ version, runId }, steps), writer }
    }),
  )
}

async function readPartitions(lake: Storage, key: string): Promise<readonly PartitionFacts[]> {
  const snapshot = await readSnapshot(lake, key)
  const partitions = snapshot ? tablePartitions(snapshot) : []
  return partitions.map(({ values, rows }) => ({ values: values.map((value) => value ?? 'null'), rows }))
}

async function readRejects(lake: Storage, key: string): Promise<readonly RejectFacts[]> {
  const { rejects = [] } = (await refusedLines(lake, key)) ?? {}
  return rejects.slice(0, REJECTS).map((reject) => ({
    place: placeOf(reject),
    reason: reject.reason,
    text: reject.line === WHOLE_FILE ? null : reject.text,
  }))
}
