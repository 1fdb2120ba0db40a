/** Lists the commits of a table. */
import type { Storage } from '../storage/storage.ts'
import { liveRowsOf } from './actions.ts'
import { type LatestCommit, readCommitFiles } from './log/log.ts'
import { firstGap, listLog, missingCommit } from './log/log-files.ts'
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
 * The newest `limit` commits, newest first; undefined if there is no table. Throws `corrupt-table`
 * if one of them is missing.
 */
export async function history(
  storage: Storage,
  table: string,
  limit = Number.POSITIVE_INFINITY,
): Promise<readonly HistoryEntry[] | undefined> {
  const location = { storage, table }
  const { commits } = await listLog(location)
  const newest = commits.at(-1)
  if (newest === undefined) return undefined
  const versions = commits.slice(Math.max(0, commits.length - limit))
  const gap = firstGap(versions, versions[0] ?? newest + 1, newest)
  if (gap !== undefined) throw missingCommit(location, gap)
  const files = await readCommitFiles(location, versions)
  return files.map((commit, index) => entryOf(commit, versions[index] ?? newest)).reverse()
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

/** A file that only lost or regained rows counts with the difference. */
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
