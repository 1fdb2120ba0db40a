/** Makes the errors for tables that are damaged or that another writer has changed. */
import { isCorruptTable, LakeError } from '../errors.ts'
import { readOnce } from '../storage/remembering.ts'
import type { Storage, StoredContent } from '../storage/storage.ts'
import { TooLarge } from '../storage/storage-error.ts'
import { printableLine } from '../text/printable.ts'

/** A table's directory in a storage. */
export interface TableLocation {
  readonly storage: Storage
  /** Relative to the storage. '' if the table is the storage's root. */
  readonly table: string
  /** The source whose rows are in the table. Undefined if it is a table of the lake. */
  readonly source?: string
}

/** The path of a file of the table, relative to the storage. */
export const tablePath = ({ table }: TableLocation, path: string): string => (table === '' ? path : `${table}/${path}`)

/**
 * Thrown if a log file does not follow the Delta protocol. `parsing` turns it into a
 * `corrupt-table` that names the file.
 */
export class MalformedLog extends Error {
  override readonly name = 'MalformedLog'
}

/** The table is damaged. The code is `source-unreadable` for a table of another program. */
export function corruptTable(location: TableLocation, problem: string, cause?: unknown): LakeError {
  const { storage, table, source } = location
  if (source !== undefined) return unreadableSource({ storage, table, source }, problem, cause)
  return new LakeError('corrupt-table', {
    problem: `The table ${table} cannot be read: ${printableLine(problem)}`,
    remedy: `Restore it from a backup, or delete the directory ${storage.locate(table)}: a table is rebuilt from its upstreams, a source from its files.`,
    asset: table,
    cause,
  })
}

/** lake cannot read a source's Delta table, which another program writes. */
function unreadableSource(location: Required<TableLocation>, problem: string, cause: unknown): LakeError {
  const { storage, source } = location
  return new LakeError('source-unreadable', {
    problem: `The Delta table of ${source} in ${storage.uri} cannot be read: ${printableLine(problem)}`,
    remedy: 'lake changes nothing in it. Correct it with the program that writes it.',
    asset: source,
    cause,
  })
}

/** Whether the error says that a table is damaged: one of lake, or one of another program. */
export const isDamaged = (error: unknown): error is LakeError =>
  isCorruptTable(error) || (error instanceof LakeError && error.code === 'source-unreadable')

/**
 * Another Delta writer has changed the table. `own` is the last version that lake wrote; undefined
 * if there is none to go back to.
 */
export function foreignTable({ storage, table }: TableLocation, problem: string, own: number | undefined): LakeError {
  return new LakeError('corrupt-table', {
    problem: `The table ${table} in ${storage.locate(table)} cannot be used: ${printableLine(problem)}`,
    remedy:
      own === undefined
        ? 'Choose another --lake, or move the directory away.'
        : `Version ${own} is the last that lake wrote: \`lake rollback ${table} --to ${own}\` makes the table what it was then.`,
    asset: table,
    ...(own !== undefined && { details: { lastOwnVersion: own } }),
  })
}

/**
 * Runs `parse` on the content of `path`. Throws `corrupt-table`, which names the file, if the
 * content is malformed.
 */
export function parsing<Result>(location: TableLocation, path: string, parse: () => Result): Result {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof MalformedLog || error instanceof SyntaxError || error instanceof URIError)) throw error
    const file = location.storage.locate(path)
    throw corruptTable(location, `${file} is damaged or not supported: ${error.message}`, error)
  }
}

/**
 * Reads a commit, a part of a checkpoint or a file of deletion vectors; undefined if it is missing.
 * Throws `corrupt-table` for a file above the maximum size, so that it stops only this table.
 */
export async function readLogFile(
  location: TableLocation,
  path: string,
  mostBytes: number,
): Promise<StoredContent | undefined> {
  try {
    const { storage } = location
    const remembered = { name: path, bytes: ({ body }: StoredContent) => body.length }
    return await readOnce(storage, remembered, () => storage.read(path, mostBytes))
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    const problem = `${location.storage.locate(path)} has more than the ${mostBytes} bytes that lake reads at most`
    throw corruptTable(location, problem, error)
  }
}
