import type { Storage } from '../storage/storage.ts'
import { firstGap, type LatestCommit, listLog, missingCommit, readCommitFiles } from './log.ts'
import type { CommitFile } from './read-actions.ts'

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
  const { commits, checkpoints } = await listLog(place)
  const newest = Math.max(commits.at(-1) ?? -1, checkpoints.at(-1) ?? -1)
  if (newest < 0) return undefined
  const gap = firstGap(commits, 0, newest)
  if (gap !== undefined) throw missingCommit(place, gap)
  return lifetimesOf(await readCommitFiles(place, commits))
}

/** Of commits that are the versions 0, 1, 2, ... */
export function lifetimesOf(commits: readonly CommitFile[]): TableLifetimes {
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
