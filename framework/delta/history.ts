/** Lists the commits of a table. */
import type { Storage } from '../storage/storage.ts'
import { liveRowsOf } from './actions.ts'
import { findCommitFiles, type LatestCommit } from './log/log.ts'
import { firstGap, listLog, missingCommit, oldestOf } from './log/log-files.ts'
import type { CommitFile } from './log/read-actions.ts'

export interface HistoryEntry extends LatestCommit {
  readonly filesAdded: number
  readonly filesRemoved: number
  /** Bytes of the added and of the removed files. */
  readonly bytesAdded: number
  readonly bytesRemoved: number
  /** Undefined if the log does not say it: files by another writer can lack stats. */
  readonly rowsAdded: number | undefined
  readonly rowsRemoved: number | undefined
}

/**
 * The newest `limit` commits of versions that can be read, newest first; undefined if there is no
 * table. Throws `corrupt-table` if one of them is missing.
 */
export async function history(
  storage: Storage,
  table: string,
  limit = Number.POSITIVE_INFINITY,
): Promise<readonly HistoryEntry[] | undefined> {
  const location = { storage, table }
  const log = await listLog(location)
  const newest = log.commits.at(-1)
  if (newest === undefined) return undefined
  const listed = log.commits.slice(Math.max(0, log.commits.length - limit))
  const gap = firstGap(listed, listed[0] ?? newest + 1, newest)
  if (gap !== undefined) throw missingCommit(location, gap)
  const oldest = oldestOf(log) ?? 0
  const versions = listed.filter((version) => version >= oldest)
  const files = await findCommitFiles(location, versions)
  // A vacuum can have removed the oldest of them since they were listed.
  const begin = files.findIndex((file) => file !== undefined)
  return files
    .slice(Math.max(0, begin))
    .map((file, index) => {
      const version = versions[Math.max(0, begin) + index] ?? newest
      if (!file) throw missingCommit(location, version)
      return entryOf(file, version)
    })
    .reverse()
}

function entryOf({ commitInfo, adds, removes }: CommitFile, version: number): HistoryEntry {
  return {
    version,
    timestamp: commitInfo.timestamp,
    commitInfo,
    filesAdded: adds.length,
    filesRemoved: removes.length,
    bytesAdded: sizeOf(adds),
    bytesRemoved: sizeOf(removes),
    ...rowChanges(adds, removes),
  }
}

const sizeOf = (files: readonly { readonly size: number }[]): number =>
  files.reduce((total, { size }) => total + size, 0)

/** For a file that only lost or regained rows, counts the difference. */
function rowChanges(
  adds: CommitFile['adds'],
  removes: CommitFile['removes'],
): Pick<HistoryEntry, 'rowsAdded' | 'rowsRemoved'> {
  const removed = new Map(removes.map((file) => [file.path, liveRowsOf(file)]))
  const again = new Set(adds.flatMap(({ path }) => (removed.has(path) ? [path] : [])))
  const changes = adds.map((file) => {
    const rows = liveRowsOf(file)
    const before = again.has(file.path) ? removed.get(file.path) : 0
    return rows === undefined || before === undefined ? undefined : rows - before
  })
  const gone = removes.flatMap((file) => (again.has(file.path) ? [] : [liveRowsOf(file)]))
  return {
    rowsAdded: sum(changes.map((change) => change && Math.max(0, change))),
    rowsRemoved: sum([...gone, ...changes.map((change) => change && Math.max(0, -change))]),
  }
}

function sum(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce((total, count) => (total === undefined || count === undefined ? undefined : total + count), 0)
}
