/**
 * What a read of a source that was broken off had read by then. It is kept in the lake, and the next run goes on from it, wherever that runs.
 * It has no place in any version: where something about it is not as it should be, the files are read anew.
 */
import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import type { IngestedPart, Recovered } from '../../engine/ingest.ts'
import { LakeError } from '../../errors.ts'
import type { ResolvedSource } from '../../graph/resolved-asset.ts'
import { Manifest, type ManifestEntry, UNSETTLED } from '../../ingest/manifest.ts'
import { encodeRejects, type RejectedLine, readRejects } from '../../ingest/rejects.ts'
import type { Storage, StoredFile } from '../../storage/storage.ts'
import { type DocumentFormat, readDocument, type StoredDocument } from '../../storage/stored-document.ts'
import { printableLine } from '../../text/printable.ts'
import type { StepContext } from '../step-context.ts'

const MOST_FILES = 10_000
const MOST_BYTES = 1024 * 1024

/** The document that makes the kept files a whole. It names none: where they are follows from its id. */
interface BegunRead {
  readonly format: 1
  readonly id: string
  /** The code version that the lines were read with. */
  readonly code: string
  /** Bytes of the data files. */
  readonly sizes: readonly number[]
  readonly hasRejects: boolean
}

const FORMAT: DocumentFormat<BegunRead> = {
  schema: z.object({
    format: z.literal(1),
    id: z.uuid(),
    code: z.string().max(1_000),
    sizes: z.array(z.int().min(0)).max(MOST_FILES),
    hasRejects: z.boolean(),
  }),
  mostBytes: MOST_BYTES,
}

const directoryOf = (key: string): string => `_lake/sources/${key}/begun`
const noteOf = (key: string): string => `${directoryOf(key)}/begun.json`

function placesOf(key: string, { id, sizes }: Pick<BegunRead, 'id' | 'sizes'>) {
  const directory = `${directoryOf(key)}/${id}`
  return {
    directory,
    manifest: `${directory}/manifest.json.gz`,
    rejects: `${directory}/rejects.ndjson.gz`,
    data: sizes.map((_, index) => `${directory}/${index}.parquet`),
  }
}

export type StoredBegunRead = StoredDocument<BegunRead>

export const findBegunRead = (lake: Storage, key: string): Promise<StoredBegunRead> =>
  readDocument(lake, noteOf(key), FORMAT)

/** Files of a source that were read before: their rows are in fresh files, as if they had been read now. */
export interface TakenUpRead extends Pick<Recovered, 'files'> {
  readonly read: readonly ManifestEntry[]
  readonly rejects: readonly RejectedLine[]
}

const NOTHING: TakenUpRead = { files: [], read: [], rejects: [] }

/**
 * What of the files to read now need not be read: those that were read with the same code and are listed with the same size and etag. Their rows and
 * rejects are counted against what was noted of each file.
 */
export async function takeUpRead(
  context: StepContext,
  source: ResolvedSource,
  { begun, files }: { readonly begun: StoredBegunRead; readonly files: readonly StoredFile[] },
): Promise<TakenUpRead> {
  if (begun.kind === 'absent' || context.distrusting || !context.engine.recover) return NOTHING
  try {
    if (begun.kind === 'damaged') throw unusable(begun.why)
    return begun.value.code === source.code.version
      ? await takeUp(context, source, { begun: begun.value, files })
      : NOTHING
  } catch (error) {
    if (context.signal.aborted || !(error instanceof LakeError)) throw error
    context.notice(
      `what a read that was broken off had kept is not used, and its files are read anew: ${error.message}`,
    )
    return NOTHING
  }
}

async function takeUp(
  { lake, engine, directory, signal }: StepContext,
  source: ResolvedSource,
  { begun, files }: { readonly begun: BegunRead; readonly files: readonly StoredFile[] },
): Promise<TakenUpRead> {
  const places = placesOf(source.key, begun)
  await refuseCut(lake, begun, places)
  const manifest = await Manifest.read(lake, places.manifest, source.key)
  const same = new Set(files.filter((file) => manifest.holds(file)).map(({ path }) => path))
  const read = manifest.entries().filter(({ path }) => same.has(path))
  const kept = begun.hasRejects ? await readRejects(lake, places.rejects, source.key) : []
  const rejects = kept.filter(({ file }) => same.has(file))
  const paths = read.flatMap(({ path, rows }) => (rows > 0 ? [path] : []))
  const located = places.data.map((path) => lake.locate(path))
  const taken = await engine.recover?.({ source, files: located, paths, directory, signal })
  if (!taken) return NOTHING
  const refused = countsOf(rejects.map(({ file }) => file))
  for (const { path, rows, rejected } of read) {
    if ((taken.rows.get(path) ?? 0) !== rows || (refused.get(path) ?? 0) !== rejected) {
      throw unusable(`it does not hold the lines of ${printableLine(path)} that it should`)
    }
  }
  return { files: taken.files, read, rejects }
}

async function refuseCut(lake: Storage, { sizes }: BegunRead, places: ReturnType<typeof placesOf>): Promise<void> {
  const found = new Map((await lake.list(places.directory)).map(({ path, size }) => [path, size]))
  const cut = places.data.find((path, index) => found.get(path) !== sizes[index])
  if (cut !== undefined) throw unusable(`${lake.locate(cut)} is missing or has another size`)
}

const unusable = (why: string): LakeError => new LakeError('corrupt-table', why)

function countsOf(files: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(file, (counts.get(file) ?? 0) + 1)
  return counts
}

/** Keeps the part in place of what was kept before, and says how many files are. Nothing is kept of a file that may have changed since. */
export async function keepRead(lake: Storage, source: ResolvedSource, part: IngestedPart): Promise<number> {
  const read = part.read.filter(({ etag }) => etag !== UNSETTLED)
  if (read.length === 0 || part.files.length > MOST_FILES) return 0
  const named = new Set(read.map(({ path }) => path))
  const rejects = part.rejects.filter(({ file }) => named.has(file))
  const sizes = part.files.map(({ size }) => size)
  const begun: BegunRead = {
    ...{ format: 1, id: randomUUID(), code: source.code.version, sizes, hasRejects: rejects.length > 0 },
  }
  const places = placesOf(source.key, begun)
  for (const [index, path] of places.data.entries()) {
    const file = part.files[index]
    if (file) await lake.putLocalFile(file.location, path)
  }
  await lake.put(places.manifest, Manifest.of(read).encode())
  if (begun.hasRejects) await lake.put(places.rejects, encodeRejects(rejects))
  // Last, and at once: before it, and after a kill, what was kept until now still is.
  await lake.put(noteOf(source.key), JSON.stringify(begun))
  await clear(lake, source.key, (path) => path !== noteOf(source.key) && !path.startsWith(`${places.directory}/`))
  return read.length
}

/** The document goes first: what is left of the others by a kill is nobody's, and `lake vacuum` takes it away. */
export async function forgetRead(lake: Storage, key: string): Promise<void> {
  await lake.delete(noteOf(key))
  await clear(lake, key, () => true)
}

async function clear(lake: Storage, key: string, isOver: (path: string) => boolean): Promise<void> {
  for (const { path } of await lake.inventory(directoryOf(key))) if (isOver(path)) await lake.delete(path)
}
