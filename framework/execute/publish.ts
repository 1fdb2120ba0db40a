import { randomUUID } from 'node:crypto'
import { type AddFile, type Metadata, removeOf } from '../delta/actions.ts'
import { commit } from '../delta/commit.ts'
import { sameShape } from '../delta/schema.ts'
import type { Snapshot } from '../delta/snapshot.ts'
import { printStats } from '../delta/stats.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import { sumFingerprints } from '../observe/fingerprint.ts'
import type { TableState } from '../observe/observation.ts'
import type { Provenance } from '../observe/provenance.ts'
import type { Storage } from '../storage/storage.ts'
import type { Engine, WrittenFile } from './engine.ts'
import { contentOf, emptyContent, FINGERPRINT_TAG, fingerprintsOf, untrueFiles } from './file-fingerprints.ts'
import { lostFiles } from './lost-files.ts'

export const ENGINE_INFO = 'lake/0.1.0'

/** New content of a table, computed and not yet seen by anybody. */
export interface NewContent {
  readonly asset: ResolvedAsset
  /** The version that the content was worked out from; undefined where there is no table yet. */
  readonly base: Snapshot | undefined
  /** Files of the base whose rows the written files stand for. */
  readonly replaced: readonly AddFile[]
  readonly written: readonly WrittenFile[]
  readonly provenance: Omit<Provenance, 'content' | 'partitions' | 'format'>
}

export interface Published {
  readonly outcome: 'materialized' | 'unchanged'
  readonly state: TableState
  readonly rowsWritten: number
  readonly partitionsWritten: number
}

export interface Publisher {
  readonly lake: Storage
  readonly engine: Engine
  readonly now: () => Date
  /** Asked for with --full: the rows of files that may stay are read, instead of what the log says of them. */
  readonly distrusting: boolean
}

/**
 * Publishes the content as the next version, all of it or nothing. Partitions whose rows are the same as before keep their files;
 * where all are, the commit only records what they were made from now. Throws `commit-conflict` if another writer was first.
 */
export async function publish(publisher: Publisher, content: NewContent): Promise<Published> {
  const { asset, base } = content
  const change = await compareFiles(publisher, content)
  const adds = await Promise.all(change.written.map((file) => putFile(publisher, asset, file)))
  const kept = base ? [...base.files.values()].filter(({ path }) => !change.removed.has(path)) : []
  const live = [...kept, ...adds.map(({ add }) => add)]
  const now = publisher.now()
  const provenance: Provenance = {
    format: 1,
    ...content.provenance,
    content: await contentOf(publisher, asset, live),
    partitions: new Set(live.map(partitionKey)).size,
  }
  const committed = await commit(publisher.lake, asset.key, {
    readVersion: base?.version,
    actions: {
      adds: adds.map(({ add }) => add),
      removes: [...change.removed.values()].map((file) => removeOf(file, now.getTime())),
      ...(change.newSchema && { metadata: metadataOf(asset, base, now) }),
    },
    commitInfo: { timestamp: now.getTime(), operation: 'WRITE', engineInfo: ENGINE_INFO, lake: provenance },
  })
  if (committed.outcome === 'conflict') {
    await Promise.all(adds.map(({ path }) => publisher.lake.delete(path)))
    throw new LakeError(
      'commit-conflict',
      `another writer published version ${committed.version} of ${asset.key} while this run was building it. ` +
        'Nothing of this run was published. Run the command again.',
      { asset: asset.key },
    )
  }
  const touched = new Set([...change.removed.values(), ...change.written].map(partitionKey))
  return {
    outcome: base && !change.newSchema && touched.size === 0 ? 'unchanged' : 'materialized',
    state: { version: committed.version, committedAt: now, provenance },
    rowsWritten: change.written.reduce((sum, { stats }) => sum + stats.rows, 0),
    partitionsWritten: touched.size,
  }
}

interface FilesChange {
  readonly written: readonly WrittenFile[]
  /** By path. */
  readonly removed: ReadonlyMap<string, AddFile>
  /** Also where the table is new. */
  readonly newSchema: boolean
}

/**
 * Leaves out the partitions whose rows did not change, unless a file that they would keep is lost or damaged. With another schema every file
 * has to be written anew.
 */
async function compareFiles(publisher: Publisher, content: NewContent): Promise<FilesChange> {
  const { asset, base, replaced, written } = content
  const { columns, partitionBy: partitionColumns } = asset
  const newSchema = !base || !sameShape({ columns, partitionColumns }, base.metadata)
  if (newSchema) return { written, removed: byPath(replaced), newSchema }
  const before = byPartition(replaced)
  const same = new Set<string>()
  const lost = await lostFiles(publisher.lake, asset.key, replaced)
  const readable = replaced.filter(({ path }) => !lost.has(path))
  const untrue = publisher.distrusting ? await untrueFiles(publisher, asset, readable) : new Set<string>()
  for (const [partition, files] of byPartition(written)) {
    const old = before.get(partition)
    if (!old || old.some(({ path }) => lost.has(path) || untrue.has(path))) continue
    if (await sameRows(publisher, asset, { old, files })) same.add(partition)
  }
  const differs = (file: Partitioned) => !same.has(partitionKey(file))
  return { written: written.filter(differs), removed: byPath(replaced.filter(differs)), newSchema }
}

interface PartitionFiles {
  readonly old: readonly AddFile[]
  readonly files: readonly WrittenFile[]
}

async function sameRows(publisher: Publisher, asset: ResolvedAsset, { old, files }: PartitionFiles): Promise<boolean> {
  const [first] = files
  if (!first) return false
  const empty = emptyContent(asset, first.fingerprint.algorithm)
  const after = sumFingerprints(
    empty,
    files.map(({ fingerprint }) => fingerprint),
  )
  const before = sumFingerprints(
    empty,
    await fingerprintsOf(publisher, asset, { files: old, algorithm: empty.algorithm }),
  )
  if (!after || !before || after.rows !== before.rows) return false
  return Object.entries(after.columns).every(([name, sum]) => before.columns[name] === sum)
}

async function putFile(
  { lake, now }: Publisher,
  { key, columns }: ResolvedAsset,
  file: WrittenFile,
): Promise<{ readonly path: string; readonly add: AddFile }> {
  const name = `part-${randomUUID()}.parquet`
  await lake.putLocalFile(file.localPath, `${key}/${name}`)
  return {
    path: `${key}/${name}`,
    add: {
      path: name,
      partitionValues: file.partitionValues,
      size: file.size,
      modificationTime: now().getTime(),
      stats: printStats(file.stats, columns),
      tags: { [FINGERPRINT_TAG]: JSON.stringify(file.fingerprint) },
    },
  }
}

type Partitioned = Pick<AddFile, 'partitionValues'>

/** Equal for files of the same partition. */
function partitionKey({ partitionValues }: Partitioned): string {
  return JSON.stringify(Object.entries(partitionValues).toSorted(([left], [right]) => (left < right ? -1 : 1)))
}

function byPartition<File extends Partitioned>(files: readonly File[]): ReadonlyMap<string, readonly File[]> {
  const partitions = new Map<string, File[]>()
  for (const file of files) {
    const key = partitionKey(file)
    const others = partitions.get(key)
    if (others) others.push(file)
    else partitions.set(key, [file])
  }
  return partitions
}

const byPath = (files: readonly AddFile[]) => new Map(files.map((file) => [file.path, file]))

function metadataOf(asset: ResolvedAsset, base: Snapshot | undefined, now: Date): Metadata {
  return {
    id: base?.metadata.id ?? randomUUID(),
    columns: asset.columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
    partitionColumns: asset.partitionBy,
    createdTime: base?.metadata.createdTime ?? now.getTime(),
    configuration: base?.metadata.configuration ?? {},
  }
}
