import { LakeError } from '../errors.ts'
import type { Storage, StoredContent } from '../storage/storage.ts'
import { TooLarge } from '../storage/storage-error.ts'
import { printableLine } from '../text/printable.ts'

/** A table as a directory of a storage. */
export interface TablePlace {
  readonly storage: Storage
  readonly table: string
}

/** What is written in a log file is not what Delta says. Becomes a `corrupt-table` where the file is known. */
export class MalformedLog extends Error {
  override readonly name = 'MalformedLog'
}

export function corruptTable(place: TablePlace, problem: string, cause?: unknown): LakeError {
  const directory = place.storage.locate(place.table)
  const remedy = `Restore it from a backup, or delete the directory ${directory}: a table is rebuilt from its upstreams, a source from its files.`
  return new LakeError(
    'corrupt-table',
    `The table ${place.table} cannot be read: ${printableLine(problem)}. ${remedy}`,
    {
      asset: place.table,
      remedy,
      cause,
    },
  )
}

/** Another Delta writer has changed the table. `own` is the last version that lake wrote, undefined where there is none to go back to. */
export function foreignTable({ storage, table }: TablePlace, problem: string, own: number | undefined): LakeError {
  const remedy =
    own === undefined
      ? 'Choose another --lake, or move the directory away.'
      : `Version ${own} is the last that lake wrote: lake rollback ${table} --to ${own} makes the table what it was then.`
  const message = `The table ${table} in ${storage.locate(table)} cannot be used: ${printableLine(problem)}. ${remedy}`
  return new LakeError('corrupt-table', message, {
    asset: table,
    remedy,
    ...(own !== undefined && { details: { lastOwnVersion: own } }),
  })
}

/** Runs `parse` on the content of `path`; what it finds malformed is a `corrupt-table` that names the file. */
export function parsing<Result>(place: TablePlace, path: string, parse: () => Result): Result {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof MalformedLog || error instanceof SyntaxError || error instanceof URIError)) throw error
    throw corruptTable(place, `${place.storage.locate(path)} is damaged or not supported: ${error.message}`, error)
  }
}

/** A file of the table's log; undefined where there is none. A larger one is a `corrupt-table`, so that it stops this table alone. */
export async function readLogFile(
  place: TablePlace,
  path: string,
  mostBytes: number,
): Promise<StoredContent | undefined> {
  try {
    return await place.storage.read(path, mostBytes)
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    const problem = `${place.storage.locate(path)} has more than the ${mostBytes} bytes that lake reads at most`
    throw corruptTable(place, problem, error)
  }
}
