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

/** Where an add keeps the fingerprint of its file. */
export const FINGERPRINT_TAG = 'lake.fingerprint'

export interface FingerprintContext {
  readonly lake: Storage
  readonly engine: Engine
}

/** The fingerprint of all rows of the files. */
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

/** As they stand in the log; worked out anew where another algorithm made them, so that a new engine alone changes nothing. */
export async function fingerprintsOf(
  { lake, engine }: FingerprintContext,
  asset: ResolvedAsset,
  { files, algorithm }: FilesToFingerprint,
): Promise<readonly Fingerprint[]> {
  const known = files.map((file) => parseFingerprint(file.tags[FINGERPRINT_TAG]))
  const foreign = files.filter((_, index) => known[index]?.algorithm !== algorithm)
  if (foreign.length === 0) return known.flatMap((fingerprint) => fingerprint ?? [])
  const located = locateFiles(lake, asset.key, foreign)
  const computed = await engine.fingerprints(asset, located)
  return [...known.flatMap((fingerprint) => (fingerprint?.algorithm === algorithm ? [fingerprint] : [])), ...computed]
}

/**
 * Of these files, the paths of those whose rows are not the ones that the log says. All of them are read; where one cannot be, none is
 * trusted.
 */
export async function untrueFiles(
  { lake, engine }: FingerprintContext,
  asset: ResolvedAsset,
  files: readonly AddFile[],
): Promise<ReadonlySet<string>> {
  const located = locateFiles(lake, asset.key, files)
  const actual = await engine.fingerprints(asset, located).catch(() => [])
  const names = asset.columns.map(({ name }) => name)
  const isUntrue = (file: AddFile, index: number) => {
    const [said, found] = [parseFingerprint(file.tags[FINGERPRINT_TAG]), actual[index]]
    if (!said || !found) return true
    // What another algorithm says is no proof, and is not taken for one: `fingerprintsOf` reads the rows of such files.
    return said.algorithm === found.algorithm && compareContent(said, found, names).kind !== 'none'
  }
  return new Set(files.filter(isUntrue).map(({ path }) => path))
}

/** What the log says of the file's rows; undefined for one by another writer. */
export const notedFingerprint = ({ tags }: AddFile): Fingerprint | undefined => parseFingerprint(tags[FINGERPRINT_TAG])

/** Undefined where there is none, or it is damaged: then the rows are read. */
function parseFingerprint(tag: string | undefined): Fingerprint | undefined {
  if (tag === undefined) return undefined
  const parsed = parseDocument(FINGERPRINT_TAG, tag, fingerprintSchema)
  return parsed.kind === 'read' ? parsed.value : undefined
}
