/** Reads the fingerprints of data files from their tags, or has the engine compute them. */
import type { AddFile } from '../delta/actions.ts'
import type { Engine } from '../engine/engine.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import {
  compareContent,
  emptyFingerprint,
  type Fingerprint,
  fingerprintSchema,
  sumFingerprints,
} from '../observe/fingerprint.ts'
import type { Storage } from '../storage/storage.ts'
import { parseDocument } from '../storage/stored-document.ts'
import { locateFiles } from './data-files.ts'
import { liveRows } from './live-rows.ts'

/** The tag of an `add` action with the fingerprint of its file's live rows. */
export const FINGERPRINT_TAG = 'lake.fingerprint'

interface FingerprintContext {
  readonly lake: Storage
  readonly engine: Engine
}

/** The fingerprint of all rows of the files together. */
export async function contentOf(
  engines: FingerprintContext,
  asset: ResolvedAsset,
  files: readonly AddFile[],
): Promise<Fingerprint> {
  const algorithm = engines.engine.fingerprintAlgorithm(asset.primaryKey)
  const empty = emptyContent(asset, algorithm)
  const total = sumFingerprints(empty, await fingerprintsOf(engines, asset, { files, algorithm }))
  if (!total) throw new Error(`the fingerprints of the files of ${asset.key} do not add up`)
  return total
}

export const emptyContent = (asset: ResolvedAsset, algorithm: string): Fingerprint =>
  emptyFingerprint(
    algorithm,
    asset.columns.map(({ name }) => name),
  )

interface FilesToFingerprint {
  readonly files: readonly AddFile[]
  readonly algorithm: string
}

/**
 * The fingerprints from the log. Computes fingerprints of another algorithm again, so that a change
 * of engine alone changes nothing.
 */
export async function fingerprintsOf(
  { lake, engine }: FingerprintContext,
  asset: ResolvedAsset,
  { files, algorithm }: FilesToFingerprint,
): Promise<readonly Fingerprint[]> {
  const known = files.map(recordedFingerprint)
  const foreign = files.filter((_, index) => known[index]?.algorithm !== algorithm)
  if (foreign.length === 0) return known.flatMap((fingerprint) => fingerprint ?? [])
  const located = locateFiles(lake, asset.key, foreign)
  const computed = await engine.fingerprints(asset, located, await liveRows(lake, asset.key, foreign))
  return [...known.flatMap((fingerprint) => (fingerprint?.algorithm === algorithm ? [fingerprint] : [])), ...computed]
}

/**
 * Reads all of the files. Returns the paths of those whose rows differ from the log, or of all
 * files if one cannot be read.
 */
export async function filesUnlikeLog(
  { lake, engine }: FingerprintContext,
  asset: ResolvedAsset,
  files: readonly AddFile[],
): Promise<ReadonlySet<string>> {
  const located = locateFiles(lake, asset.key, files)
  const actual = await liveRows(lake, asset.key, files)
    .then((rows) => engine.fingerprints(asset, located, rows))
    .catch(() => [])
  const names = asset.columns.map(({ name }) => name)
  const isUntrue = (file: AddFile, index: number) => {
    const [recorded, found] = [recordedFingerprint(file), actual[index]]
    if (!recorded || !found) return true
    // Fingerprints of different algorithms cannot be compared. `fingerprintsOf` reads the rows of
    // such files.
    return recorded.algorithm === found.algorithm && compareContent(recorded, found, names).kind !== 'none'
  }
  return new Set(files.filter(isUntrue).map(({ path }) => path))
}

/** The fingerprint in the log; undefined for a file by another writer. */
export const recordedFingerprint = ({ tags }: AddFile): Fingerprint | undefined =>
  parseFingerprint(tags[FINGERPRINT_TAG])

/** Undefined if the tag is missing or damaged. The rows are then read. */
function parseFingerprint(tag: string | undefined): Fingerprint | undefined {
  if (tag === undefined) return undefined
  const parsed = parseDocument(FINGERPRINT_TAG, tag, fingerprintSchema)
  return parsed.kind === 'read' ? parsed.value : undefined
}
