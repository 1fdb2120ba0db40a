/** Finds out from the names of a log's files which versions they can reconstruct. */
import type { LakeError } from '../../errors.ts'
import { corruptTable, type TableLocation } from '../corrupt-table.ts'

/** The files of a table's log, each kind by ascending version. */
export interface LogFiles {
  readonly commits: readonly number[]
  readonly checkpoints: readonly Checkpoint[]
}

/**
 * A checkpoint in one file or, as Spark writes a large one, in parts. A file of the second version
 * of the format can name further files: see `readCheckpoint`.
 */
export interface Checkpoint {
  readonly version: number
  /** Its files in order, up to the first missing one. */
  readonly names: readonly string[]
  /**
   * The first missing file, without which the checkpoint cannot be read; undefined if it is
   * complete.
   */
  readonly missing: string | undefined
}

/** The log of the table in the directory; '' is the root of a storage. */
export function logDirectory(table: string): string {
  return table === '' ? '_delta_log' : `${table}/_delta_log`
}

/** The 20 digits that begin the names of a version's files. */
function versionName(version: number): string {
  return String(version).padStart(20, '0')
}

export function commitPath(table: string, version: number): string {
  return `${logDirectory(table)}/${versionName(version)}.json`
}

export function checkpointPath(table: string, version: number): string {
  return `${logDirectory(table)}/${versionName(version)}.checkpoint.parquet`
}

/** The files of the log from version `from` on. Both kinds are empty if there is no table. */
export async function listLog({ storage, table }: TableLocation, from = 0): Promise<LogFiles> {
  // The bare number sorts before all names that begin with it.
  const names = await storage.names(logDirectory(table), from === 0 ? undefined : versionName(from))
  const commits = names.filter((name) => /^\d{20}\.json$/.test(name)).map(versionIn)
  return { commits, checkpoints: checkpointsIn(names) }
}

const versionIn = (name: string): number => Number(name.slice(0, 20))

const CHECKPOINT =
  /^(\d{20}\.checkpoint)(?:\.\d{10}\.of\.(\d{10})\.parquet|\.parquet|\.([0-9a-f-]{36})\.(?:parquet|json))$/i

/** Whether a file of a log is a checkpoint, or one of its parts. */
export const isPartOfCheckpoint = (name: string): boolean => CHECKPOINT.test(name)

/**
 * The table and the version of a commit, a checkpoint, a part of one, or a checksum; undefined for
 * other files.
 */
export function versionOfFile(path: string): { readonly table: string; readonly version: number } | undefined {
  const [, table, name] = /^(.+)\/_delta_log\/([^/]+)$/.exec(path) ?? []
  if (table === undefined || name === undefined) return undefined
  const isOfVersion = /^\d{20}\.(json|crc)$/.test(name) || isPartOfCheckpoint(name)
  return isOfVersion ? { table, version: versionIn(name) } : undefined
}

function checkpointsIn(names: readonly string[]): readonly Checkpoint[] {
  const present = new Set(names)
  const found = new Map<string, Checkpoint>()
  for (const name of names) {
    const [, stem, parts, uuid] = CHECKPOINT.exec(name) ?? []
    const id = `${stem}.${parts ?? uuid ?? ''}`
    if (stem === undefined || found.has(id)) continue
    const files = parts === undefined ? { names: [name], missing: undefined } : filesOfParts(stem, parts, present)
    found.set(id, { version: versionIn(name), ...files })
  }
  return [...found.values()]
}

/**
 * `parts` is the number of parts, in ten digits. A name can state any number, so the loop stops at
 * the first missing part.
 */
function filesOfParts(
  stem: string,
  parts: string,
  present: ReadonlySet<string>,
): Pick<Checkpoint, 'names' | 'missing'> {
  const names: string[] = []
  for (let part = 1; part <= Number(parts); part++) {
    const name = `${stem}.${String(part).padStart(10, '0')}.of.${parts}.parquet`
    if (!present.has(name)) return { names, missing: name }
    names.push(name)
  }
  return { names, missing: undefined }
}

/** The newest version that the log has a file for; undefined if there is no table. */
export function newestOf({ commits, checkpoints }: LogFiles): number | undefined {
  const newest = Math.max(commits.at(-1) ?? -1, checkpoints.at(-1)?.version ?? -1)
  return newest < 0 ? undefined : newest
}

/**
 * The oldest version that can be read, and from which on the log is complete: 0, or the version of
 * a checkpoint if older commits were cleaned up. Undefined if the newest version cannot be read.
 */
export function oldestOf(log: LogFiles): number | undefined {
  const newest = newestOf(log)
  const starts = newest === undefined ? [] : startsOf(log, newest)
  return starts.length === 0 ? undefined : (starts.at(-1)?.version ?? 0)
}

/**
 * Where reading a version can start, the fastest start first: at a checkpoint, or (undefined) at
 * the first commit. All later commits exist.
 */
export function startsOf(log: LogFiles, target: number): readonly (Checkpoint | undefined)[] {
  const complete = log.checkpoints.filter(({ version, missing }) => version <= target && missing === undefined)
  const first = firstOfRun(log.commits, target)
  return [...complete.toReversed(), undefined].filter((start) => (start?.version ?? -1) + 1 >= first)
}

/**
 * The first of the consecutive commits that end with `target`; the version after `target` if that
 * commit is missing.
 */
function firstOfRun(commits: readonly number[], target: number): number {
  let first = target + 1
  for (let at = commits.lastIndexOf(target); at >= 0 && commits[at] === first - 1; at--) first--
  return first
}

/**
 * Why the version cannot be read, as far as the names show: `corrupt-table`, which names the
 * missing file. Undefined if it can be read.
 */
export function logProblem(location: TableLocation, log: LogFiles, target: number): LakeError | undefined {
  if (startsOf(log, target).length > 0) return undefined
  const reaching = log.checkpoints.findLast(({ version }) => version <= target)
  const gap = firstGap(log.commits, (reaching?.version ?? -1) + 1, target)
  if (gap !== undefined) return missingCommit(location, gap)
  if (reaching?.missing === undefined)
    throw new Error(`version ${target} of ${location.table} has a start, but startsOf found none`)
  return missingFile(location, `${logDirectory(location.table)}/${reaching.missing}`)
}

export function missingCommit(location: TableLocation, version: number): LakeError {
  return missingFile(location, commitPath(location.table, version))
}

const missingFile = (location: TableLocation, path: string): LakeError =>
  corruptTable(location, `${location.storage.locate(path)} is missing`)

/**
 * The oldest commit that is missing although an older one exists; undefined if there is none. Such
 * a gap is a damage, because a clean-up removes the oldest commits first.
 */
export const lostCommit = ({ commits: [first = 0, ...later] }: LogFiles): number | undefined =>
  firstGap([first, ...later], first, later.at(-1) ?? first)

/** Whether a clean-up of the log removed the version. */
export const wasRemoved = (log: LogFiles, version: number): boolean =>
  version >= 0 && version < (oldestOf(log) ?? 0) && lostCommit(log) === undefined

/** The first version from `from` to `to` that is not in `versions`; undefined if all are. */
export function firstGap(versions: readonly number[], from: number, to: number): number | undefined {
  const present = new Set(versions)
  for (let version = from; version <= to; version++) if (!present.has(version)) return version
  return undefined
}
