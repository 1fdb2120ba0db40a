import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import type { Actions, CommitInfo } from './actions.ts'
import { corruptTable, parsing, type TablePlace } from './corrupt-table.ts'
import { type CommitFile, parseCommit } from './read-actions.ts'

/** The versions of a table that its log has files for, each in ascending order. */
export interface LogFiles {
  readonly commits: readonly number[]
  readonly checkpoints: readonly number[]
}

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

export function logDirectory(table: string): string {
  return `${table}/_delta_log`
}

/** The 20 digits with which the files of a version begin. */
export function versionName(version: number): string {
  return String(version).padStart(20, '0')
}

export function commitPath(table: string, version: number): string {
  return `${logDirectory(table)}/${versionName(version)}.json`
}

export function checkpointPath(table: string, version: number): string {
  return `${logDirectory(table)}/${versionName(version)}.checkpoint.parquet`
}

/** The files of the log from version `from` on. Neither any commit nor any checkpoint where there is no table. */
export async function listLog({ storage, table }: TablePlace, from = 0): Promise<LogFiles> {
  // The bare number stands before all names that begin with it.
  const names = await storage.names(logDirectory(table), from === 0 ? undefined : versionName(from))
  return { commits: versionsOf(names, '.json'), checkpoints: versionsOf(names, '.checkpoint.parquet') }
}

function versionsOf(names: readonly string[], suffix: string): readonly number[] {
  return names
    .filter((name) => name.length === 20 + suffix.length && /^\d{20}\./.test(name) && name.endsWith(suffix))
    .map((name) => Number(name.slice(0, 20)))
}

/**
 * The newest commit, by the fewest reads: the names in the log and one file. Undefined where there is no such table.
 * It does not see damage further back in the log; `readSnapshot` does.
 */
export async function latestCommit(storage: Storage, table: string): Promise<LatestCommit | undefined> {
  const place = { storage, table }
  const { commits, checkpoints } = await listLog(place)
  const newest = Math.max(commits.at(-1) ?? -1, checkpoints.at(-1) ?? -1)
  if (newest < 0) return undefined
  const commitInfo = await readCommitInfo(place, newest)
  return { version: newest, timestamp: commitInfo.timestamp, commitInfo }
}

async function readCommitInfo(place: TablePlace, version: number): Promise<CommitInfo> {
  const path = commitPath(place.table, version)
  const content = await place.storage.read(path, MOST_COMMIT_BYTES)
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
  const content = await place.storage.read(path, MOST_COMMIT_BYTES)
  return content && parsing(place, path, () => parseCommit(Buffer.from(content.body).toString()))
}

export function missingCommit(place: TablePlace, version: number): LakeError {
  return corruptTable(place, `${place.storage.locate(commitPath(place.table, version))} is missing`)
}

/** The first version from `from` to `to` that is not in `versions` (ascending), or undefined where there is none. */
export function firstGap(versions: readonly number[], from: number, to: number): number | undefined {
  const there = new Set(versions)
  for (let version = from; version <= to; version++) if (!there.has(version)) return version
  return undefined
}
