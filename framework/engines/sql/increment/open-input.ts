/** Opens an upstream of an increment: finds which of its rows changed since the table was made. */
import type { DataFile } from '../../../engine/data-file.ts'
import type { ChangedRows, InputVersions } from '../../../engine/increment.ts'
import type { SqlSession } from '../sql-session.ts'
import { createParts, type FilesChanged, type ReadInput, withoutSameRows } from './changed-rows.ts'
import { differingFiles } from './differing-files.ts'

/** Changed rows with all columns that any follower of the change reads. */
interface WholeParts {
  /** Prefix of the names of its tables. */
  readonly name: string
  readonly counts: ChangedRows
}

/** An upstream whose deltas have been found. */
export interface OpenInput extends InputVersions {
  /** Prefix of the names of its tables. */
  readonly name: string
  /** The tables that all followers of the change share; undefined if there are none. */
  readonly whole: WholeParts | undefined
  /** Files of both versions. */
  readonly common: readonly DataFile[]
  /** Files of only one version. */
  readonly differing: readonly DataFile[]
  /** Numbers of rows; undefined if none was removed or added. */
  readonly counts: ChangedRows | undefined
}

export async function openInput(session: SqlSession, read: ReadInput): Promise<OpenInput> {
  const { name, input } = read
  const { onlyBefore, onlyAfter, common } = differingFiles(input.before, input.after)
  const opened = { ...input, common, differing: [...onlyBefore, ...onlyAfter] }
  const none = { ...opened, name, whole: undefined, counts: undefined }
  if (opened.differing.length === 0) return none
  const whole = await wholeParts(session, read, { onlyBefore, onlyAfter })
  if (!whole) return { ...none, counts: orNone(await createParts(session, read, { onlyBefore, onlyAfter })) }
  const shared = { ...opened, whole }
  const { removed, added } = whole.counts
  if (removed === 0 || added === 0) return { ...shared, name: whole.name, counts: orNone(whole.counts) }
  return { ...shared, name, counts: orNone(await withoutSameRows(session, read, whole.name)) }
}

const orNone = (counts: ChangedRows): ChangedRows | undefined =>
  counts.removed + counts.added > 0 ? counts : undefined

/**
 * If other tables follow the same change, finds its rows once for all of them, with all columns
 * that any of them reads.
 */
async function wholeParts(
  session: SqlSession,
  { input, columns }: ReadInput,
  files: FilesChanged,
): Promise<WholeParts | undefined> {
  const { shared } = input
  if (!shared || !session.shareTables || !columns.every((name) => shared.columns.includes(name))) return undefined
  return session.shareTables(JSON.stringify([shared.name, shared.columns]), async (own, name) => {
    const counts = await createParts(own, { name, input, columns: shared.columns }, files)
    return { name, counts }
  })
}
