import { LakeError } from '../../errors.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Actions, CommitInfo } from '../actions.ts'
import { parsing, readLogFile, type TablePlace } from '../corrupt-table.ts'
import { commitPath, listLog, logProblem, missingCommit, newestOf } from './log-files.ts'
import { type CommitFile, parseCommit } from './read-actions.ts'

export interface LatestCommit {
  readonly version: number
  /** Milliseconds since the epoch. */
  readonly timestamp: number
  readonly commitInfo: CommitInfo
}

export interface Commit extends Actions, LatestCommit {}

// Many small reads at once are what an object store is good at; a log can have thousands of commits.
const READS_AT_ONCE = 64
/** A commit is parsed as one string, which cannot be longer. */
const MOST_COMMIT_BYTES = 500 * 1024 * 1024

const NEWLINE = 0x0a
const COMMIT_INFO = Buffer.from('{"commitInfo":')

/**
 * The newest commit, by the fewest reads: the names in the log and one file. Undefined where there is no such table. `corrupt-table` where a
 * file is missing without which the version cannot be read. Damage inside of older files is not seen; `readSnapshot` sees it.
 */
export async function latestCommit(storage: Storage, table: string): Promise<LatestCommit | undefined> {
  const place = { storage, table }
  const log = await listLog(place)
  const newest = newestOf(log)
  if (newest === undefined) return undefined
  const problem = logProblem(place, log, newest)
  if (problem) throw problem
  const commitInfo = await readCommitInfo(place, newest)
  return { version: newest, timestamp: commitInfo.timestamp, commitInfo }
}

const COMMITS_LOOKED_AT = 16

/** The newest version that lake wrote, where others have written to the table since. Undefined where there is none that can be found. */
export async function lastOwnVersion(storage: Storage, table: string): Promise<number | undefined> {
  const place = { storage, table }
  const { commits } = await listLog(place)
  for (let end = commits.length; end > 0; end -= COMMITS_LOOKED_AT) {
    const versions = commits.slice(Math.max(0, end - COMMITS_LOOKED_AT), end)
    const infos = await Promise.all(versions.map((version) => readCommitInfo(place, version).catch(() => undefined)))
    const last = infos.findLastIndex((info) => info?.lake !== undefined)
    if (last >= 0) return versions[last]
  }
  return undefined
}

async function readCommitInfo(place: TablePlace, version: number): Promise<CommitInfo> {
  const path = commitPath(place.table, version)
  const content = await readLogFile(place, path, MOST_COMMIT_BYTES)
  if (!content) throw missingCommit(place, version)
  return parsing(place, path, () => parseCommit(aboutCommit(content.body)).commitInfo)
}

/**
 * As much of a commit as tells about it: where its own account of itself stands first, as lake writes it, the first line. The actions
 * after it can be thousands, and need not be parsed. A file that does not end with a newline may have been cut, and is given whole.
 */
function aboutCommit({ buffer, byteOffset, byteLength }: Uint8Array): string {
  const body = Buffer.from(buffer, byteOffset, byteLength)
  const whole = body.at(-1) === NEWLINE && body.subarray(0, COMMIT_INFO.length).equals(COMMIT_INFO)
  return body.toString('utf8', 0, whole ? body.indexOf(NEWLINE) : body.length)
}

/** One commit. Undefined where there is no such table; a version that it does not have is a `usage` error. */
export async function readCommit(storage: Storage, table: string, version: number): Promise<Commit | undefined> {
  const place = { storage, table }
  const commit = await findCommitFile(place, version)
  if (commit) return { ...commit, version, timestamp: commit.commitInfo.timestamp }
  const { commits } = await listLog(place)
  if (commits.length === 0) return undefined
  throw noSuchVersion(table, version, commits)
}

export function noSuchVersion(table: string, version: number, versions: readonly number[]): LakeError {
  const [oldest, newest] = [versions.at(0), versions.at(-1)]
  const has = oldest === newest ? `only version ${newest}` : `versions ${oldest} to ${newest}`
  return new LakeError('usage', `There is no version ${version} of ${table}: it has ${has}.`, { asset: table })
}

/** The commits of these versions, in their order. One that is not there is a `corrupt-table`. */
export async function readCommitFiles(place: TablePlace, versions: readonly number[]): Promise<readonly CommitFile[]> {
  const commits: CommitFile[] = []
  for (let start = 0; start < versions.length; start += READS_AT_ONCE) {
    const batch = versions.slice(start, start + READS_AT_ONCE)
    commits.push(...(await Promise.all(batch.map((version) => readCommitFile(place, version)))))
  }
  return commits
}

async function readCommitFile(place: TablePlace, version: number): Promise<CommitFile> {
  const commit = await findCommitFile(place, version)
  if (!commit) throw missingCommit(place, version)
  return commit
}

export async function findCommitFile(place: TablePlace, version: number): Promise<CommitFile | undefined> {
  const path = commitPath(place.table, version)
  const content = await readLogFile(place, path, MOST_COMMIT_BYTES)
  return content && parsing(place, path, () => parseCommit(Buffer.from(content.body).toString()))
}
