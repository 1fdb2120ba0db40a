/**
 * Publishes rows of data files as deleted: the files stay, and the log records which of their rows
 * count.
 */
import type { AddFile } from '../delta/actions.ts'
import { looseStats } from '../delta/stats.ts'
import { writeVectors } from '../delta/vectors/vector-files.ts'
import type { MarkedRows } from '../engine/increment.ts'
import { union } from '../engine/marking.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import { type Fingerprint, subtractFingerprint } from '../observe/fingerprint.ts'
import { FINGERPRINT_TAG, fingerprintsOf, recordedFingerprint } from '../tables/file-fingerprints.ts'
import { liveRows } from '../tables/live-rows.ts'
import type { Publisher } from './publisher.ts'

/** A file of the base in which further rows are deleted. */
export interface MarkedFile {
  readonly file: AddFile
  readonly rows: MarkedRows
}

interface MarkedAdds {
  /** In the order of the files. */
  readonly adds: readonly AddFile[]
  /**
   * The new file with deletion vectors, relative to the lake; undefined if all of them are in the
   * log.
   */
  readonly path: string | undefined
}

/** Stores the deletion vectors. The commit has to remove the files and to add them as returned. */
export async function markedAdds(
  publisher: Publisher,
  asset: ResolvedAsset,
  marked: readonly MarkedFile[],
): Promise<MarkedAdds> {
  if (marked.length === 0) return { adds: [], path: undefined }
  const { lake } = publisher
  const files = marked.map(({ file }) => file)
  const before = await liveRows(lake, asset.key, files)
  const deleted = marked.map(({ rows }, index) =>
    union(before?.[index]?.positions ?? new Uint32Array(), rows.positions),
  )
  const { vectors, path } = await writeVectors({ storage: lake, table: asset.key }, deleted)
  const adds = marked.map(async ({ file, rows }, index): Promise<AddFile> => {
    const deletionVector = vectors[index]
    if (!deletionVector) throw new Error(`${file.path} of ${asset.key} has no deletion vector`)
    const live = await liveFingerprint(publisher, asset, { file, rows })
    const { stats } = file
    return {
      ...file,
      ...(stats !== undefined && { stats: looseStats(stats) }),
      tags: { ...file.tags, [FINGERPRINT_TAG]: JSON.stringify(live) },
      deletionVector,
    }
  })
  return { adds: await Promise.all(adds), path: path && `${asset.key}/${path}` }
}

/** The fingerprint of the remaining rows: that of the file minus that of the deleted rows. */
async function liveFingerprint(
  publisher: Publisher,
  asset: ResolvedAsset,
  { file, rows }: MarkedFile,
): Promise<Fingerprint> {
  const { algorithm } = rows.fingerprint
  const recorded = recordedFingerprint(file)
  // Another engine can have made the fingerprint of the file.
  const [before] =
    recorded?.algorithm === algorithm
      ? [recorded]
      : await fingerprintsOf(publisher, asset, { files: [file], algorithm })
  const live = before && subtractFingerprint(before, rows.fingerprint)
  if (!live)
    throw new Error(`the fingerprint of ${file.path} of ${asset.key} does not have the columns of its deleted rows`)
  return live
}
