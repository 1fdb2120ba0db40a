/** Finds out in which versions each data file of a table is live. */
import type { Storage } from '../storage/storage.ts'
import type { AddFile } from './actions.ts'
import { type LatestCommit, readCommitFiles } from './log/log.ts'
import { firstGap, listLog, missingCommit, newestOf } from './log/log-files.ts'
import type { CommitFile } from './log/read-actions.ts'
import { vectorFileOf } from './vectors/deletion-vector.ts'

/**
 * The versions in which a data file is live: from `from` to before `until`, which is undefined if
 * the file is still live.
 */
export interface Lifetime {
  readonly path: string
  readonly from: number
  readonly until: number | undefined
  /**
   * How the log added the file, if rows of it are deleted. With another deletion vector, a file has
   * another lifetime.
   */
  readonly marked?: AddFile
}

/** All versions of a table, and all data files that they had. */
export interface TableLifetimes {
  /** Oldest first. */
  readonly versions: readonly LatestCommit[]
  /** A file that was removed and added again, such as by a rollback, has several lifetimes. */
  readonly files: readonly Lifetime[]
  /** The first version with the current schema. */
  readonly schemaSince: number
}

/**
 * Reads the complete log; undefined if there is no table. Throws `corrupt-table` if a commit is
 * missing.
 */
export async function readLifetimes(storage: Storage, table: string): Promise<TableLifetimes | undefined> {
  const location = { storage, table }
  const log = await listLog(location)
  const newest = newestOf(log)
  if (newest === undefined) return undefined
  const gap = firstGap(log.commits, 0, newest)
  if (gap !== undefined) throw missingCommit(location, gap)
  return lifetimesOf(await readCommitFiles(location, log.commits))
}

/** `commits` must be the versions 0, 1, 2, ... */
function lifetimesOf(commits: readonly CommitFile[]): TableLifetimes {
  const live = new Map<string, Live>()
  const ended: Lifetime[] = []
  for (const [version, { removes, adds }] of commits.entries()) {
    for (const { path } of removes) {
      const begun = live.get(path)
      if (begun) ended.push({ ...lifetimeOf(begun), until: version })
      live.delete(path)
    }
    // A writer can add a live file again to change its statistics. It stays the same file.
    for (const add of adds) if (!live.has(add.path)) live.set(add.path, { add, from: version })
  }
  return {
    versions: commits.map(({ commitInfo }, version) => ({ version, timestamp: commitInfo.timestamp, commitInfo })),
    files: [...ended, ...Array.from(live.values(), lifetimeOf)],
    schemaSince: commits.findLastIndex(({ metadata }) => metadata !== undefined),
  }
}

interface Live {
  readonly add: AddFile
  readonly from: number
}

const lifetimeOf = ({ add, from }: Live): Lifetime => ({
  ...{ path: add.path, from, until: undefined },
  ...(add.deletionVector && { marked: add }),
})

/** The files that hold deletion vectors, live as long as those which they belong to. */
export const vectorLifetimes = ({ files }: Pick<TableLifetimes, 'files'>): readonly Lifetime[] =>
  files.flatMap(({ marked, from, until }) => {
    const path = vectorFileOf(marked)
    return path === undefined ? [] : [{ path, from, until }]
  })

export function isLiveIn({ from, until }: Lifetime, version: number): boolean {
  return from <= version && (until === undefined || version < until)
}
