/** A table's directory copied to another one, where it becomes a table by the last file that is put there. */
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
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

const COPIED_AT_ONCE = 16
const MOST_COMMIT_BYTES = 500 * 1024 * 1024
const COMMIT_INFO = '{"commitInfo":'

export interface TableCopy {
  readonly storage: Storage
  /** The directory of the table. */
  readonly from: string
  /** The directory that it is copied to. */
  readonly to: string
  /** What a commit of the copy has in the place of `commitInfo.lake`; the same object where nothing changes. */
  readonly rewrite: (lake: unknown) => unknown
}

/**
 * How far it has come: `nothing` stands at `from`; it is `ahead`; it was `begun`; it is `done`, and so much of the table as is left at `from` can
 * go; or the two have been tables `apart`, each with versions of its own.
 */
export type CopyProgress = 'nothing' | 'ahead' | 'begun' | 'done' | 'apart'

export async function copyProgress(copy: TableCopy): Promise<CopyProgress> {
  const { storage, from, to } = copy
  const old = await listLog({ storage, table: from })
  const last = newestOf(old)
  if (last === undefined) return 'nothing'
  const own = await listLog({ storage, table: to })
  const newest = newestOf(own)
  if (newest === undefined) return 'ahead'
  const isSame = (version: number) => holdsSame(copy, [old, own], version)
  if (logProblem({ storage, table: to }, own, newest)) return (await isSame(newest)) ? 'begun' : 'apart'
  return (await isSame(last)) ? 'done' : 'apart'
}

async function holdsSame(copy: TableCopy, logs: readonly LogFiles[], version: number): Promise<boolean> {
  if (!logs.every(({ commits }) => commits.includes(version))) return false
  const [old, own] = await Promise.all([copiedCommit(copy, version), readCommit(copy, copy.to, version)])
  return old !== undefined && own !== undefined && Buffer.from(old).equals(own)
}

/**
 * Copies all files, the log last. Its commits come in an order in which no reader finds a table before all of it is there: the first commit, or
 * the first checkpoint where older commits are gone, is what makes the copy readable. It can be broken off and done again at any point. Throws
 * `commit-conflict` where another writer has put a commit there.
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
  // The newest one comes first: by it the next run knows what was begun.
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
  for (let start = 0; start < items.length; start += COPIED_AT_ONCE) {
    signal.throwIfAborted()
    await Promise.all(items.slice(start, start + COPIED_AT_ONCE).map(work))
  }
}

async function copyCommit(copy: TableCopy, version: number): Promise<void> {
  const { storage, from, to } = copy
  const body = await copiedCommit(copy, version)
  if (!body) throw conflict(from, `its version ${version} went away`)
  if ((await storage.putIfAbsent(commitPath(to, version), body)) === 'created') return
  const there = await readCommit(copy, to, version)
  if (!there || !Buffer.from(body).equals(there)) throw conflict(to, `another writer published its version ${version}`)
}

const conflict = (table: string, what: string): LakeError =>
  new LakeError('commit-conflict', `${what} while the table ${table} was moved. Run the command again.`, {
    asset: table,
    remedy: 'Run the command again.',
  })

async function readCommit({ storage }: TableCopy, table: string, version: number): Promise<Uint8Array | undefined> {
  return (await readLogFile({ storage, table }, commitPath(table, version), MOST_COMMIT_BYTES))?.body
}

/** The commit as the copy has it. Only lake's own commits, which begin with their account of themselves, can have something to rewrite. */
async function copiedCommit(copy: TableCopy, version: number): Promise<Uint8Array | undefined> {
  const body = await readCommit(copy, copy.from, version)
  const line = body && firstLine(body)
  if (!line?.startsWith(COMMIT_INFO)) return body
  const place = { storage: copy.storage, table: copy.from }
  const action = parsing(place, commitPath(copy.from, version), () => JSON.parse(line))
  const lake = copy.rewrite(action.commitInfo?.lake)
  if (lake === action.commitInfo?.lake) return body
  const rewritten = JSON.stringify({ ...action, commitInfo: { ...action.commitInfo, lake } })
  return Buffer.concat([Buffer.from(rewritten), Buffer.from(body ?? []).subarray(Buffer.byteLength(line))])
}

function firstLine(body: Uint8Array): string {
  const end = body.indexOf(0x0a)
  return Buffer.from(body.subarray(0, end < 0 ? body.length : end)).toString()
}
