/** Keeps a run from publishing over a table that newer code has made. */
import { LakeError } from '../errors.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { Provenance } from '../observe/provenance.ts'

/** The code that a run uses. */
export interface LoadedCode {
  /** The time just before the project's files were read. */
  readonly loadedAt: Date
  /** Whether the user gave --overwrite-newer. */
  readonly overwriteNewer: boolean
}

/**
 * Throws `newer-code` if other code made the table, and the run that made it loaded that code later
 * than this run loaded its own. This process was then started before a deployment or an edit. A
 * version without a recorded time counts as older.
 */
export function refuseNewerCode(
  { key, code }: ResolvedAsset,
  current: Provenance | undefined,
  { loadedAt, overwriteNewer }: LoadedCode,
): void {
  if (overwriteNewer || current?.loadedAt === undefined) return
  const isSame = current.code.version === code.version && current.code.checks === code.checks
  if (isSame || Date.parse(current.loadedAt) <= loadedAt.getTime()) return
  throw new LakeError('newer-code', {
    problem:
      `newer code made the current version of ${key}: the run ${current.runId} loaded its declaration at ${current.loadedAt}, and this run ` +
      `loaded another one at ${loadedAt.toISOString()}. Nothing was published`,
    remedy:
      'Start the command again, so that it loads the current project. Or give --overwrite-newer if the older declaration is the right one.',
    asset: key,
  })
}
