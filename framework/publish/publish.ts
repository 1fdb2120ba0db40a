import { randomUUID } from 'node:crypto'
import { type AddFile, type Metadata, removeOf } from '../delta/actions.ts'
import { commit } from '../delta/commit.ts'
import { sameShape, withNotes } from '../delta/schema.ts'
import type { Snapshot } from '../delta/snapshot.ts'
import { printStats } from '../delta/stats.ts'
import { partitionKey } from '../engine/compaction.ts'
import type { WrittenFile } from '../engine/data-file.ts'
import type { Engine } from '../engine/engine.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { TableState } from '../observe/observation.ts'
import { provenanceOf } from '../observe/observe.ts'
import type { Provenance } from '../observe/provenance.ts'
import { isLocal } from '../storage/is-local.ts'
import type { Storage } from '../storage/storage.ts'
import { contentOf, FINGERPRINT_TAG } from '../tables/file-fingerprints.ts'
import { type LoadedCode, refuseNewerCode } from './newer-code.ts'

export const ENGINE_INFO = 'lake/0.1.0'

/** New content of a table, computed and not yet seen by anybody. */
export interface NewContent {
  readonly asset: ResolvedAsset
  /** The version that the content was worked out from; undefined where there is no table yet. */
  readonly base: Snapshot | undefined
  /** Files of the base whose rows the written files stand for. */
  readonly replaced: readonly AddFile[]
  readonly written: readonly WrittenFile[]
  readonly provenance: Omit<Provenance, 'content' | 'before' | 'partitions' | 'format' | 'loadedAt'>
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
  readonly loaded: LoadedCode
  /** Asked for with --full: the rows of files that may stay are read, instead of what the log says of them. */
  readonly distrusting: boolean
}

/**
 * Publishes the content as the next version, all of it or nothing; without a file that is written or replaced, the commit only records what
 * the rows were made from now. Throws `commit-conflict` if another writer was first, `newer-code` where the base is the work of newer code.
 */
export async function publish(publisher: Publisher, content: NewContent): Promise<Published> {
  const { asset, base, replaced, written } = content
  const newSchema = !hasSchemaOf(base, asset)
  const known = base && (await provenanceOf(publisher.lake, asset.key, base.version))
  // Once more, though the step began with it: a run that lost its claim may find a version of a later run here.
  refuseNewerCode(asset, known, publisher.loaded)
  const adds = await Promise.all(written.map((file) => putFile(publisher, asset, file)))
  const removed = new Set(replaced.map(({ path }) => path))
  const kept = base ? [...base.files.values()].filter(({ path }) => !removed.has(path)) : []
  const live = [...kept, ...adds.map(({ add }) => add)]
  const now = publisher.now()
  const provenance: Provenance = {
    format: 1,
    ...content.provenance,
    loadedAt: publisher.loaded.loadedAt.toISOString(),
    ...(await newContentOf(publisher, content, { live, known: newSchema ? undefined : known })),
    partitions: new Set(live.map(({ partitionValues }) => partitionKey(partitionValues))).size,
  }
  const committed = await commit(publisher.lake, asset.key, {
    readVersion: base?.version,
    actions: {
      adds: adds.map(({ add }) => add),
      removes: replaced.map((file) => removeOf(file, now.getTime())),
      ...(newSchema && { metadata: metadataOf(asset, base, now) }),
    },
    commitInfo: { timestamp: now.getTime(), operation: 'WRITE', engineInfo: ENGINE_INFO, lake: provenance },
  })
  if (committed.outcome === 'conflict') {
    await Promise.all(adds.map(({ path }) => publisher.lake.delete(path)))
    throw new LakeError(
      'commit-conflict',
      `another writer published version ${committed.version} of ${asset.key} while this run was building it. ` +
        'Nothing of this run was published. Run the command again.',
      { asset: asset.key, remedy: 'Run the command again.' },
    )
  }
  const touched = new Set([...replaced, ...written].map(({ partitionValues }) => partitionKey(partitionValues)))
  return {
    outcome: base && !newSchema && touched.size === 0 ? 'unchanged' : 'materialized',
    state: { version: committed.version, committedAt: now, provenance },
    rowsWritten: written.reduce((sum, { stats }) => sum + stats.rows, 0),
    partitionsWritten: touched.size,
  }
}

interface Rows {
  readonly live: readonly AddFile[]
  /** What the base was made from; undefined where it has another schema, and nothing of it can be compared. */
  readonly known: Provenance | undefined
}

/**
 * Where no row changed, what is known of the rows stays as it is, by whatever engine: a change of engine makes nothing stale. Where rows did change,
 * the version before is fingerprinted by the new engine too, so that whoever read it is stale only for what it reads.
 */
async function newContentOf(
  publisher: Publisher,
  { asset, base, replaced, written }: NewContent,
  { live, known }: Rows,
): Promise<Pick<Provenance, 'content' | 'before'>> {
  if (!base || !known) return { content: await contentOf(publisher, asset, live) }
  if (replaced.length + written.length === 0)
    return { content: known.content, ...(known.before && { before: known.before }) }
  const content = await contentOf(publisher, asset, live)
  if (known.content.algorithm === content.algorithm) return { content }
  // Of a version with a lost file this is not known, and then everything that read it is stale.
  const before = await contentOf(publisher, asset, [...base.files.values()]).catch(() => undefined)
  return { content, ...(before && { before: { version: base.version, content: before } }) }
}

async function putFile(
  { lake, now }: Publisher,
  { key, columns }: ResolvedAsset,
  file: WrittenFile,
): Promise<{ readonly path: string; readonly add: AddFile }> {
  const name = `part-${randomUUID()}.parquet`
  const stored = pathInLake(lake, file.location)
  if (stored === undefined) await lake.putLocalFile(file.location, `${key}/${name}`)
  else await lake.move(stored, `${key}/${name}`)
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

/** Of a file that an engine wrote to the storage itself; undefined for one on this machine. */
function pathInLake(lake: Storage, location: string): string | undefined {
  const isThere = !isLocal(lake) && location.startsWith(`${lake.uri}/`)
  return isThere ? location.slice(lake.uri.length + 1) : undefined
}

/** False where there is no table yet. */
export function hasSchemaOf(base: Snapshot | undefined, { columns, partitionBy }: ResolvedAsset): base is Snapshot {
  return base !== undefined && sameShape({ columns, partitionColumns: partitionBy }, base.metadata)
}

function metadataOf(asset: ResolvedAsset, base: Snapshot | undefined, now: Date): Metadata {
  return {
    id: base?.metadata.id ?? randomUUID(),
    columns: withNotes(asset.columns, base?.metadata.columns ?? []),
    partitionColumns: asset.partitionBy,
    createdTime: base?.metadata.createdTime ?? now.getTime(),
    configuration: base?.metadata.configuration ?? {},
    ...(base?.metadata.more && { more: base.metadata.more }),
  }
}
