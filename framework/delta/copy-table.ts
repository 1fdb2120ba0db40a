/** Copies a table to another directory. No reader ever sees an incomplete copy. */
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { MIB } from '../storage/units.ts'
import { parsing, readLogFile } from './corrupt-table.ts'
import {
  commitPath,
  isPartOfCheckpoint,
  type LogFiles,
  listLog,
  logDirectory,
  logProblem,
  newestOf,
} from './log/log-files.ts'

const MAX_COPIES = 16
const MAX_COMMIT_BYTES = 500 * MIB
const COMMIT_INFO = '{"commitInfo":'

export interface TableCopy {
  readonly storage: Storage
  /** The directory of the table. */
  readonly from: string
  /** The directory that it is copied to. */
  readonly to: string
  /**
   * Changes the `commitInfo.lake` of a commit for the copy. Returns the same object to keep the
   * commit unchanged.
   */
  readonly rewrite: (lake: unknown) => unknown
}

/**
 * The progress of a copy:
 * - `no-table`: there is no table at `from`.
 * - `not-started`: there is no table at `to`.
 * - `started`: a run began to copy the table and was interrupted.
 * - `done`: the copy is complete, and the files at `from` can be deleted.
 * - `diverged`: `to` is another table, with versions of its own.
 */
type CopyProgress = 'no-table' | 'not-started' | 'started' | 'done' | 'diverged'

export async function copyProgress(copy: TableCopy): Promise<CopyProgress> {
  const { storage, from, to } = copy
  const source = await listLog({ storage, table: from })
  const last = newestOf(source)
  if (last === undefined) return 'no-table'
  const target = await listLog({ storage, table: to })
  const newest = newestOf(target)
  if (newest === undefined) return 'not-started'
  const isCopied = (version: number) => hasCopied(copy, [source, target], version)
  if (logProblem({ storage, table: to }, target, newest)) return (await isCopied(newest)) ? 'started' : 'diverged'
  return (await isCopied(last)) ? 'done' : 'diverged'
}

/** Whether both logs have the version, and the target's commit is the copy of the source's. */
async function hasCopied(copy: TableCopy, logs: readonly LogFiles[], version: number): Promise<boolean> {
  if (!logs.every(({ commits }) => commits.includes(version))) return false
  const [expected, found] = await Promise.all([copiedCommit(copy, version), readCommit(copy, copy.to, version)])
  return expected !== undefined && found !== undefined && Buffer.from(expected).equals(found)
}

/**
 * Copies all files, and the log last. A reader finds no table before the copy is complete: the last
 * file is the first commit, or the first checkpoint if older commits are missing, and without it
 * the copy is unreadable. The copy can be interrupted at any point and started again. Throws
 * `commit-conflict` if another writer made a commit.
 */
export async function copyTable(copy: TableCopy, signal: AbortSignal): Promise<void> {
  const { storage, from, to } = copy
  const log = `${logDirectory(from)}/`
  const inLog = (path: string) => (path.startsWith(log) ? path.slice(log.length) : '')
  const { commits } = await listLog({ storage, table: from })
  const paths = (await storage.list(from)).map(({ path }) => path)
  const isBeginning = (path: string) => isPartOfCheckpoint(inLog(path)) || inLog(path) === '_last_checkpoint'
  const isCommit = (path: string) => commits.some((version) => commitPath(from, version) === path)
  const copyFile = (path: string) => storage.copy(path, to + path.slice(from.length))
  const [first, ...later] = commits
  const newest = later.pop()
  await each(
    paths.filter((path) => !isBeginning(path) && !isCommit(path)),
    signal,
    copyFile,
  )
  // The newest commit comes first, since `copyProgress` recognizes a copy that was started by it.
  if (newest !== undefined) await copyCommit(copy, newest)
  await each(later, signal, (version) => copyCommit(copy, version))
  if (first !== undefined) await copyCommit(copy, first)
  for (const path of paths.filter(isBeginning)) await copyFile(path)
}

async function each<Item>(
  items: readonly Item[],
  signal: AbortSignal,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += MAX_COPIES) {
    signal.throwIfAborted()
    await Promise.all(items.slice(start, start + MAX_COPIES).map(work))
  }
}

async function copyCommit(copy: TableCopy, version: number): Promise<void> {
  const { storage, from, to } = copy
  const body = await copiedCommit(copy, version)
  if (!body) throw conflict(from, `its version ${version} disappeared`)
  if ((await storage.putIfAbsent(commitPath(to, version), body)) === 'created') return
  const found = await readCommit(copy, to, version)
  if (!found || !Buffer.from(body).equals(found)) throw conflict(to, `another writer published its version ${version}`)
}

const conflict = (table: string, what: string): LakeError =>
  new LakeError('commit-conflict', {
    problem: `${what} while the table ${table} was moved`,
    remedy: 'Run the command again.',
    asset: table,
  })

async function readCommit({ storage }: TableCopy, table: string, version: number): Promise<Uint8Array | undefined> {
  return (await readLogFile({ storage, table }, commitPath(table, version), MAX_COMMIT_BYTES))?.body
}

/** The commit for the copy. Rewrites only lake's own commits, which begin with `commitInfo`. */
async function copiedCommit(copy: TableCopy, version: number): Promise<Uint8Array | undefined> {
  const body = await readCommit(copy, copy.from, version)
  const line = body && firstLine(body)
  if (!line?.startsWith(COMMIT_INFO)) return body
  const location = { storage: copy.storage, table: copy.from }
  const action = parsing(location, commitPath(copy.from, version), () => JSON.parse(line))
  const lake = copy.rewrite(action.commitInfo?.lake)
  if (lake === action.commitInfo?.lake) return body
  const rewritten = JSON.stringify({ ...action, commitInfo: { ...action.commitInfo, lake } })
  return Buffer.concat([Buffer.from(rewritten), Buffer.from(body ?? []).subarray(Buffer.byteLength(line))])
}

function firstLine(body: Uint8Array): string {
  const end = body.indexOf(0x0a)
  return Buffer.from(body.subarray(0, end < 0 ? body.length : end)).toString()
}
