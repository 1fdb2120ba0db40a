/** Which files the log of a table has, and whether they reach from a beginning to a version. The names alone tell. */
import type { LakeError } from '../../errors.ts'
import { corruptTable, type TablePlace } from '../corrupt-table.ts'

/** The files of a table's log, each kind by version, ascending. */
export interface LogFiles {
  readonly commits: readonly number[]
  readonly checkpoints: readonly Checkpoint[]
}

/** A checkpoint in one file, or in parts as Spark writes a large one. */
export interface Checkpoint {
  readonly version: number
  /** Its files in order, up to the first that is not there. */
  readonly names: readonly string[]
  /** The first that is not there: it cannot be read without it. */
  readonly missing: string | undefined
}

export function logDirectory(table: string): string {
  return `${table}/_delta_log`
}

/** The 20 digits with which the files of a version begin. */
function versionName(version: number): string {
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
  const commits = names.filter((name) => /^\d{20}\.json$/.test(name)).map(versionIn)
  return { commits, checkpoints: checkpointsIn(names) }
}

const versionIn = (name: string): number => Number(name.slice(0, 20))

const CHECKPOINT = /^(\d{20}\.checkpoint)(?:\.\d{10}\.of\.(\d{10}))?\.parquet$/

/** Whether a file of a log is a checkpoint, or one of its parts. */
export const isPartOfCheckpoint = (name: string): boolean => CHECKPOINT.test(name)

function checkpointsIn(names: readonly string[]): readonly Checkpoint[] {
  const there = new Set(names)
  const found = new Map<string, Checkpoint>()
  for (const name of names) {
    const [, whole, parts] = CHECKPOINT.exec(name) ?? []
    const id = `${whole}.${parts ?? ''}`
    if (whole === undefined || found.has(id)) continue
    const files = parts === undefined ? { names: [name], missing: undefined } : filesOfParts(whole, parts, there)
    found.set(id, { version: versionIn(name), ...files })
  }
  return [...found.values()]
}

/** `parts` is how many there are, in ten digits. A name can say any number: nothing is looked for after the first one that is missing. */
function filesOfParts(whole: string, parts: string, there: ReadonlySet<string>): Pick<Checkpoint, 'names' | 'missing'> {
  const names: string[] = []
  for (let part = 1; part <= Number(parts); part++) {
    const name = `${whole}.${String(part).padStart(10, '0')}.of.${parts}.parquet`
    if (!there.has(name)) return { names, missing: name }
    names.push(name)
  }
  return { names, missing: undefined }
}

/** The newest version that the log has a file of; undefined where there is no table. */
export function newestOf({ commits, checkpoints }: LogFiles): number | undefined {
  const newest = Math.max(commits.at(-1) ?? -1, checkpoints.at(-1)?.version ?? -1)
  return newest < 0 ? undefined : newest
}

/** Where a version can be read from, the quickest way first: a checkpoint and the commits after it, or (undefined) all commits. */
export function startsOf(log: LogFiles, target: number): readonly (Checkpoint | undefined)[] {
  const complete = log.checkpoints.filter(({ version, missing }) => version <= target && missing === undefined)
  const first = firstOfRun(log.commits, target)
  return [...complete.toReversed(), undefined].filter((start) => (start?.version ?? -1) + 1 >= first)
}

/** The first of the commits that follow each other up to `target`; the version after it where that one is not there. */
function firstOfRun(commits: readonly number[], target: number): number {
  let first = target + 1
  for (let at = commits.lastIndexOf(target); at >= 0 && commits[at] === first - 1; at--) first--
  return first
}

/** Why the version cannot be read, as far as the names tell: `corrupt-table`, naming the file that is missing. Undefined where it can. */
export function logProblem(place: TablePlace, log: LogFiles, target: number): LakeError | undefined {
  if (startsOf(log, target).length > 0) return undefined
  const reaching = log.checkpoints.findLast(({ version }) => version <= target)
  const gap = firstGap(log.commits, (reaching?.version ?? -1) + 1, target)
  if (gap !== undefined) return missingCommit(place, gap)
  if (reaching?.missing === undefined)
    throw new Error(`version ${target} of ${place.table} has a beginning, and was said to have none`)
  return missingFile(place, `${logDirectory(place.table)}/${reaching.missing}`)
}

export function missingCommit(place: TablePlace, version: number): LakeError {
  return missingFile(place, commitPath(place.table, version))
}

const missingFile = (place: TablePlace, path: string): LakeError =>
  corruptTable(place, `${place.storage.locate(path)} is missing`)

/** The first version from `from` to `to` that is not in `versions` (ascending), or undefined where there is none. */
export function firstGap(versions: readonly number[], from: number, to: number): number | undefined {
  const there = new Set(versions)
  for (let version = from; version <= to; version++) if (!there.has(version)) return version
  return undefined
}
