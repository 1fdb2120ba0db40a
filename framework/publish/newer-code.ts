/** Keeps a run from publishing over a table that newer code than its own has made. */
import { LakeError } from '../errors.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { Provenance } from '../observe/provenance.ts'

/** The code that a run works with. */
export interface LoadedCode {
  /** The moment before the project's files were read. */
  readonly loadedAt: Date
  /** Publish over tables of newer code all the same. */
  readonly overwriteNewer: boolean
}

const REMEDY =
  'Start the command again, so that it loads the project as it is now; or give --overwrite-newer where the older declaration is the right one.'

/**
 * Throws `newer-code` where the table was made by other code, which its run loaded after this run had loaded its own: this process was
 * started before a deployment or an edit. Versions by programs that recorded no time are taken for older.
 */
export function refuseNewerCode(
  { key, code }: ResolvedAsset,
  current: Provenance | undefined,
  { loadedAt, overwriteNewer }: LoadedCode,
): void {
  if (overwriteNewer || current?.loadedAt === undefined) return
  const isSame = current.code.version === code.version && current.code.checks === code.checks
  if (isSame || Date.parse(current.loadedAt) <= loadedAt.getTime()) return
  throw new LakeError(
    'newer-code',
    `${key} stands as newer code made it: the run ${current.runId} loaded its declaration at ${current.loadedAt}, and this run loaded ` +
      `another one at ${loadedAt.toISOString()}. Nothing was published. ${REMEDY}`,
    { asset: key, remedy: REMEDY },
  )
}
