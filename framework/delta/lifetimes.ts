/** Finds out in which versions each data file of a table is live. */
import type { Storage } from '../storage/storage.ts'
import type { AddFile } from './actions.ts'
import { type LatestCommit, readCommitFiles } from './log/log.ts'
import { listLog, logProblem, lostCommit, missingCommit, newestOf, oldestOf } from './log/log-files.ts'
import type { CommitFile } from './log/read-actions.ts'
import { readLogged, type Snapshot } from './snapshot.ts'
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
   * The action that added the file, if rows of it are deleted. A change of the deletion vector
   * begins another lifetime of the file.
   */
  readonly marked?: AddFile
}

/** All versions of a table that can be read, and all data files that they had. */
export interface TableLifetimes {
  /** The first version that can be read: 0, unless the log was cleaned up. */
  readonly oldest: number
  /** Oldest first. */
  readonly versions: readonly LatestCommit[]
  /**
   * A file that was removed and added again, such as by a rollback, has several lifetimes. None
   * begins before the oldest version.
   */
  readonly files: readonly Lifetime[]
  /** The first of the versions that has the current schema. */
  readonly schemaSince: number
}

/**
 * Reads the complete log, which can begin at a checkpoint; undefined if there is no table. Throws
 * `corrupt-table` if a later commit is missing.
 */
export async function readLifetimes(storage: Storage, table: string): Promise<TableLifetimes | undefined> {
  const location = { storage, table }
  const log = await listLog(location)
  const newest = newestOf(log)
  if (newest === undefined) return undefined
  const lost = lostCommit(log)
  if (lost !== undefined) throw missingCommit(location, lost)
  const oldest = oldestOf(log)
  if (oldest === undefined) throw logProblem(location, log, newest) ?? missingCommit(location, 0)
  const first = await readLogged(storage, table, oldest)
  const versions = log.commits.filter((version) => version >= oldest)
  const commits = await readCommitFiles(location, versions)
  const changes = commits.map((commit, index) => ({ ...commit, version: versions[index] ?? oldest }))
  return lifetimesOf({ version: oldest, files: first?.files ?? new Map() }, changes)
}

interface Change extends CommitFile {
  readonly version: number
}

/** The versions of `commits` must be consecutive. */
function lifetimesOf(first: Pick<Snapshot, 'version' | 'files'>, commits: readonly Change[]): TableLifetimes {
  const live = new Map(Array.from(first.files, ([path, add]): [string, Live] => [path, { add, from: first.version }]))
  const ended: Lifetime[] = []
  const later = commits.filter(({ version }) => version > first.version)
  for (const { version, removes, adds } of later) {
    for (const { path } of removes) {
      const begun = live.get(path)
      if (begun) ended.push({ ...lifetimeOf(begun), until: version })
      live.delete(path)
    }
    // A writer can add a live file again to change its statistics. It stays the same file.
    for (const add of adds) if (!live.has(add.path)) live.set(add.path, { add, from: version })
  }
  return {
    oldest: first.version,
    versions: commits.map(({ commitInfo, version }) => ({ version, timestamp: commitInfo.timestamp, commitInfo })),
    files: [...ended, ...Array.from(live.values(), lifetimeOf)],
    schemaSince: later.findLast(({ metadata }) => metadata !== undefined)?.version ?? first.version,
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

/**
 * The lifetimes of files that hold deletion vectors: they live as long as the data files to which
 * the vectors belong.
 */
export const vectorLifetimes = ({ files }: Pick<TableLifetimes, 'files'>): readonly Lifetime[] =>
  files.flatMap(({ marked, from, until }) => {
    const path = vectorFileOf(marked)
    return path === undefined ? [] : [{ path, from, until }]
  })

export function isLiveIn({ from, until }: Lifetime, version: number): boolean {
  return from <= version && (until === undefined || version < until)
}
