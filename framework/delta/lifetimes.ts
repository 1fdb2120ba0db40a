import type { Storage } from '../storage/storage.ts'
import { type LatestCommit, readCommitFiles } from './log/log.ts'
import { firstGap, listLog, missingCommit, newestOf } from './log/log-files.ts'
import type { CommitFile } from './log/read-actions.ts'

/** The versions in which a data file is live: from `from` on, up to but without `until`; undefined where it still is. */
export interface Lifetime {
  readonly path: string
  readonly from: number
  readonly until: number | undefined
}

/** All that ever was of a table. */
export interface TableLifetimes {
  /** Oldest first. */
  readonly versions: readonly LatestCommit[]
  /** A file that was removed and added again, as a rollback does, has several. */
  readonly files: readonly Lifetime[]
  /** The version since which the table has the schema that it has now. */
  readonly schemaSince: number
}

/** Reads the whole log. Undefined where there is no such table; a log that does not begin with version 0 is a `corrupt-table`. */
export async function readLifetimes(storage: Storage, table: string): Promise<TableLifetimes | undefined> {
  const place = { storage, table }
  const log = await listLog(place)
  const newest = newestOf(log)
  if (newest === undefined) return undefined
  const gap = firstGap(log.commits, 0, newest)
  if (gap !== undefined) throw missingCommit(place, gap)
  return lifetimesOf(await readCommitFiles(place, log.commits))
}

/** Of commits that are the versions 0, 1, 2, ... */
function lifetimesOf(commits: readonly CommitFile[]): TableLifetimes {
  const live = new Map<string, number>()
  const ended: Lifetime[] = []
  for (const [version, { removes, adds }] of commits.entries()) {
    for (const { path } of removes) {
      const from = live.get(path)
      if (from !== undefined) ended.push({ path, from, until: version })
      live.delete(path)
    }
    // What is added while it is live, to change its statistics, stays the file that it was.
    for (const { path } of adds) if (!live.has(path)) live.set(path, version)
  }
  return {
    versions: commits.map(({ commitInfo }, version) => ({ version, timestamp: commitInfo.timestamp, commitInfo })),
    files: [...ended, ...[...live].map(([path, from]) => ({ path, from, until: undefined }))],
    schemaSince: commits.findLastIndex(({ metadata }) => metadata !== undefined),
  }
}

export function isLiveIn({ from, until }: Lifetime, version: number): boolean {
  return from <= version && (until === undefined || version < until)
}
