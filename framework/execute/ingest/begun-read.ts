/**
 * Keeps in the lake what an interrupted read of a source has already read, so that the next run, on
 * any machine, continues from it. No version refers to it. If any part of it is wrong, the files
 * are read anew.
 */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { IngestedPart, Recovered } from '../../engine/ingest.ts'
import { LakeError } from '../../errors.ts'
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import { Manifest } from '../../ingest/manifest.ts'
import { type ManifestEntry, UNSETTLED } from '../../ingest/manifest-entry.ts'
import { encodeRejects, type RejectedLine, readRejects } from '../../ingest/rejects.ts'
import { sourceDirectory } from '../../ingest/source-directory.ts'
import type { Storage, StoredFile } from '../../storage/storage.ts'
import { type DocumentFormat, readDocument, type StoredDocument } from '../../storage/stored-document.ts'
import { MIB } from '../../storage/units.ts'
import { printableLine } from '../../text/printable.ts'
import type { StepContext } from '../step-context.ts'

/** Maximum number of data files that are kept. */
const MAX_FILES = 10_000
/** Maximum size of the document, in bytes. */
const MAX_BYTES = MIB

/**
 * The document that is written last: without it, the kept files do not count. Their paths are
 * derived from `id`.
 */
interface BegunRead {
  readonly format: 1
  readonly id: string
  /** The code version of the source when its lines were read. */
  readonly code: string
  /** Size of each data file, in bytes. */
  readonly sizes: readonly number[]
  readonly hasRejects: boolean
}

const FORMAT: DocumentFormat<BegunRead> = {
  schema: z.object({
    format: z.literal(1),
    id: z.uuid(),
    code: z.string().max(1_000),
    sizes: z.array(z.int().min(0)).max(MAX_FILES),
    hasRejects: z.boolean(),
  }),
  mostBytes: MAX_BYTES,
}

const directoryOf = (key: string): string => `${sourceDirectory(key)}/begun`
const documentOf = (key: string): string => `${directoryOf(key)}/begun.json`

function pathsOf(key: string, { id, sizes }: Pick<BegunRead, 'id' | 'sizes'>) {
  const directory = `${directoryOf(key)}/${id}`
  return {
    directory,
    manifest: `${directory}/manifest.json.gz`,
    rejects: `${directory}/rejects.ndjson.gz`,
    data: sizes.map((_, index) => `${directory}/${index}.parquet`),
  }
}

type StoredBegunRead = StoredDocument<BegunRead>

export const findBegunRead = (lake: Storage, key: string): Promise<StoredBegunRead> =>
  readDocument(lake, documentOf(key), FORMAT)

/**
 * Source files that an earlier run has read. Their rows are in new files, as if this run had read
 * them.
 */
export interface AdoptedRead extends Pick<Recovered, 'files'> {
  readonly read: readonly ManifestEntry[]
  readonly rejects: readonly RejectedLine[]
}

const NOTHING: AdoptedRead = { files: [], read: [], rejects: [] }

/**
 * Adopts the files that an earlier run has read with the same code and that still have the same
 * size and etag. The numbers of rows and rejects of each file must match its manifest entry.
 */
export async function adoptRead(
  context: StepContext,
  source: ResolvedSource,
  { begun, files }: { readonly begun: StoredBegunRead; readonly files: readonly StoredFile[] },
): Promise<AdoptedRead> {
  if (begun.kind === 'absent' || context.distrusting || !context.engine.recover) return NOTHING
  try {
    if (begun.kind === 'refused') throw unusable(begun.reason)
    return begun.value.code === source.code.version
      ? await adopt(context, source, { begun: begun.value, files })
      : NOTHING
  } catch (error) {
    if (context.signal.aborted || !(error instanceof LakeError)) throw error
    context.notice(`what an interrupted read had kept is not used, and its files are read anew: ${error.message}`)
    return NOTHING
  }
}

async function adopt(
  { lake, engine, directory, signal }: StepContext,
  source: ResolvedSource,
  { begun, files }: { readonly begun: BegunRead; readonly files: readonly StoredFile[] },
): Promise<AdoptedRead> {
  const stored = pathsOf(source.key, begun)
  await refuseDamaged(lake, begun, stored)
  const manifest = await Manifest.read(lake, stored.manifest, source.key)
  const same = new Set(files.filter((file) => manifest.holds(file)).map(({ path }) => path))
  const read = [...manifest.entries()].filter(({ path }) => same.has(path))
  const kept = begun.hasRejects ? await readRejects(lake, stored.rejects, source.key) : []
  const rejects = kept.filter(({ file }) => same.has(file))
  const paths = read.flatMap(({ path, rows }) => (rows > 0 ? [path] : []))
  const located = stored.data.map((path) => lake.locate(path))
  const recovered = await engine.recover?.({ source, files: located, paths, directory, signal })
  if (!recovered) return NOTHING
  const rejectCounts = countsOf(rejects.map(({ file }) => file))
  for (const { path, rows, rejected } of read) {
    if ((recovered.rows.get(path) ?? 0) !== rows || (rejectCounts.get(path) ?? 0) !== rejected) {
      throw unusable(`its rows or rejects of ${printableLine(path)} are incomplete`)
    }
  }
  return { files: recovered.files, read, rejects }
}

async function refuseDamaged(lake: Storage, { sizes }: BegunRead, stored: ReturnType<typeof pathsOf>): Promise<void> {
  const found = new Map((await lake.list(stored.directory)).map(({ path, size }) => [path, size]))
  const damaged = stored.data.find((path, index) => found.get(path) !== sizes[index])
  if (damaged !== undefined) throw unusable(`${lake.locate(damaged)} is missing or has another size`)
}

/** Never leaves this file: `adoptRead` reports it as a warning. */
const unusable = (problem: string): LakeError =>
  new LakeError('corrupt-table', { problem, remedy: 'If this happens again, check the storage of the lake.' })

function countsOf(files: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(file, (counts.get(file) ?? 0) + 1)
  return counts
}

/**
 * Replaces what was kept before by `part`, and returns how many source files are kept. Keeps no
 * file that can have changed while it was read.
 */
export async function keepRead(lake: Storage, source: ResolvedSource, part: IngestedPart): Promise<number> {
  const read = part.read.filter(({ etag }) => etag !== UNSETTLED)
  if (read.length === 0 || part.files.length > MAX_FILES) return 0
  const named = new Set(read.map(({ path }) => path))
  const rejects = part.rejects.filter(({ file }) => named.has(file))
  const sizes = part.files.map(({ size }) => size)
  const begun: BegunRead = {
    ...{ format: 1, id: randomUUID(), code: source.code.version, sizes, hasRejects: rejects.length > 0 },
  }
  const stored = pathsOf(source.key, begun)
  for (const [index, path] of stored.data.entries()) {
    const file = part.files[index]
    if (file) await lake.putLocalFile(file.location, path)
  }
  await lake.put(stored.manifest, Manifest.of(read).encode())
  if (begun.hasRejects) await lake.put(stored.rejects, encodeRejects(rejects))
  // Written last and atomically: if the run is killed before, what was kept earlier stays valid.
  await lake.put(documentOf(source.key), JSON.stringify(begun))
  await clear(lake, source.key, (path) => path !== documentOf(source.key) && !path.startsWith(`${stored.directory}/`))
  return read.length
}

/** Deletes the document first. If the run is killed then, `lake vacuum` deletes the other files. */
export async function forgetRead(lake: Storage, key: string): Promise<void> {
  await lake.delete(documentOf(key))
  await clear(lake, key, () => true)
}

async function clear(lake: Storage, key: string, isObsolete: (path: string) => boolean): Promise<void> {
  for (const { path } of await lake.inventory(directoryOf(key))) if (isObsolete(path)) await lake.delete(path)
}
