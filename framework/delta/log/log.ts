/** Reads the commits of a table's log. */
import { LakeError } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import { MIB } from '../../storage/units.ts'
import type { Actions, CommitInfo } from '../actions.ts'
import { parsing, readLogFile, type TableLocation } from '../corrupt-table.ts'
import {
  commitPath,
  type LogFiles,
  listLog,
  logProblem,
  missingCommit,
  newestOf,
  oldestOf,
  wasRemoved,
} from './log-files.ts'
import { type CommitFile, parseCommit } from './read-actions.ts'

export interface LatestCommit {
  readonly version: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly commitInfo: CommitInfo
}

interface Commit extends Actions, LatestCommit {}

// An object store is fast at many small reads at the same time, and a log can have thousands of
// commits.
const MAX_READS = 64
/** Maximum size of a commit, which is parsed as one string. */
const MAX_COMMIT_BYTES = 500 * MIB

const NEWLINE = 0x0a
const COMMIT_INFO = Buffer.from('{"commitInfo":')

/**
 * The newest commit; undefined if there is no table. Lists the log and reads one file. Throws
 * `corrupt-table` if a file is missing that the version needs. Does not notice damage inside older
 * files; `readSnapshot` does.
 */
export async function latestCommit(storage: Storage, table: string): Promise<LatestCommit | undefined> {
  const location = { storage, table }
  const log = await listLog(location)
  const newest = newestOf(log)
  if (newest === undefined) return undefined
  const problem = logProblem(location, log, newest)
  if (problem) throw problem
  const commitInfo = await findCommitInfo(storage, table, newest)
  if (!commitInfo) throw missingCommit(location, newest)
  return { version: newest, timestamp: commitInfo.timestamp, commitInfo }
}

/** The oldest version that can still be read; undefined if there is no table. */
export async function oldestVersion(storage: Storage, table: string): Promise<number | undefined> {
  return oldestOf(await listLog({ storage, table }))
}

const COMMITS_PER_SEARCH = 16

/**
 * The newest version that lake wrote, for a table to which others have written since. Undefined if
 * none is found.
 */
export async function lastOwnVersion(storage: Storage, table: string): Promise<number | undefined> {
  const log = await listLog({ storage, table })
  const oldest = oldestOf(log) ?? 0
  const commits = log.commits.filter((version) => version >= oldest)
  for (let end = commits.length; end > 0; end -= COMMITS_PER_SEARCH) {
    const versions = commits.slice(Math.max(0, end - COMMITS_PER_SEARCH), end)
    const finding = versions.map((version) => findCommitInfo(storage, table, version).catch(() => undefined))
    const infos = await Promise.all(finding)
    const last = infos.findLastIndex((info) => info?.lake !== undefined)
    if (last >= 0) return versions[last]
  }
  return undefined
}

/** What a commit says of itself; undefined if its file is missing. */
export async function findCommitInfo(
  storage: Storage,
  table: string,
  version: number,
): Promise<CommitInfo | undefined> {
  const location = { storage, table }
  const path = commitPath(table, version)
  const content = await readLogFile(location, path, MAX_COMMIT_BYTES)
  return content && parsing(location, path, () => parseCommit(commitInfoOf(content.body)).commitInfo)
}

/**
 * The part of a commit that contains its `commitInfo`: the first line if that has it, as in lake's
 * commits, else the complete file. So thousands of actions need not be parsed. A file that does not
 * end with a newline can have been cut, so it is parsed completely.
 */
function commitInfoOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  const body = Buffer.from(buffer, byteOffset, byteLength)
  const isFirst = body.at(-1) === NEWLINE && body.subarray(0, COMMIT_INFO.length).equals(COMMIT_INFO)
  return body.toString('utf8', 0, isFirst ? body.indexOf(NEWLINE) : body.length)
}

/**
 * One commit; undefined if there is no table. Throws `usage` if the table does not have the
 * version.
 */
export async function readCommit(storage: Storage, table: string, version: number): Promise<Commit | undefined> {
  const location = { storage, table }
  const commit = await findCommitFile(location, version)
  if (commit) return { ...commit, version, timestamp: commit.commitInfo.timestamp }
  const log = await listLog(location)
  if (newestOf(log) === undefined) return undefined
  throw noSuchVersion(table, version, log)
}

/** The error for a version that the log never had, or no longer has. */
export function noSuchVersion(table: string, version: number, log: LogFiles): LakeError {
  const [oldest, newest] = [oldestOf(log) ?? 0, newestOf(log)]
  const has = oldest === newest ? `only version ${newest}` : `versions ${oldest} to ${newest}`
  return new LakeError('usage', {
    problem: wasRemoved(log, version)
      ? `Version ${version} of ${table} is no longer in the log, which begins at version ${oldest}`
      : `There is no version ${version} of ${table}: it has ${has}`,
    remedy: `Run \`lake history ${table}\` to list its versions.`,
    asset: table,
  })
}

/** The commits of these versions, in their order. Throws `corrupt-table` if one is missing. */
export async function readCommitFiles(
  location: TableLocation,
  versions: readonly number[],
): Promise<readonly CommitFile[]> {
  const found = await findCommitFiles(location, versions)
  return found.map((commit, index) => {
    if (!commit) throw missingCommit(location, versions[index] ?? 0)
    return commit
  })
}

/** The commits of these versions, in their order; undefined for each whose file is missing. */
export async function findCommitFiles(
  location: TableLocation,
  versions: readonly number[],
): Promise<readonly (CommitFile | undefined)[]> {
  const commits: (CommitFile | undefined)[] = []
  for (let start = 0; start < versions.length; start += MAX_READS) {
    const batch = versions.slice(start, start + MAX_READS)
    commits.push(...(await Promise.all(batch.map((version) => findCommitFile(location, version)))))
  }
  return commits
}

/** One commit; undefined if its file is missing. */
export async function findCommitFile(location: TableLocation, version: number): Promise<CommitFile | undefined> {
  const path = commitPath(location.table, version)
  const content = await readLogFile(location, path, MAX_COMMIT_BYTES)
  return content && parsing(location, path, () => parseCommit(Buffer.from(content.body).toString()))
}
