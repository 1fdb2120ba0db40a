/** Publishes new content of a table as its next version. */
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type AddFile, type Metadata, removeOf } from '../delta/actions.ts'
import { type CommitActions, type CommitRequest, commit } from '../delta/commit.ts'
import { findCommitInfo } from '../delta/log/log.ts'
import { sameShape, withNotes } from '../delta/schema.ts'
import type { Snapshot } from '../delta/snapshot.ts'
import { printStats } from '../delta/stats.ts'
import { hasVectors, PROTOCOL, type TableFeatures, withVectors } from '../delta/supported-features.ts'
import { partitionKey } from '../engine/compaction.ts'
import type { WrittenFile } from '../engine/data-file.ts'
import { LakeError } from '../errors.ts'
import { type ResolvedAsset, usesVectors } from '../graph/resolved-asset.ts'
import type { TableState } from '../observe/observation.ts'
import { knownProvenance, type Provenance, sourceFilesOf, stampProvenance } from '../observe/provenance.ts'
import { refuseLostClaim } from '../run/claims/claim-conflict.ts'
import { isLocal } from '../storage/is-local.ts'
import type { Storage } from '../storage/storage.ts'
import { countedRows } from '../tables/counted-rows.ts'
import { contentOf, FINGERPRINT_TAG } from '../tables/file-fingerprints.ts'
import { type MarkedFile, markedAdds } from './marked-files.ts'
import { refuseNewerCode } from './newer-code.ts'
import type { Publisher } from './publisher.ts'
import { isRepeated } from './repeated-version.ts'

export const ENGINE_INFO = 'lake/0.1.0'

/** New content of a table that is computed and not yet published. */
export interface NewContent {
  readonly asset: ResolvedAsset
  /** The version that the content is based on; undefined if there is no table yet. */
  readonly base: Snapshot | undefined
  /** The files of the base that the written files replace. */
  readonly replaced: readonly AddFile[]
  readonly written: readonly WrittenFile[]
  /** The files of the base in which rows are deleted. */
  readonly marked?: readonly MarkedFile[]
  readonly provenance: Omit<
    Provenance,
    'content' | 'before' | 'partitions' | 'deletionVectors' | 'nulls' | 'format' | 'loadedAt'
  >
}

export interface Published {
  readonly outcome: 'materialized' | 'unchanged'
  readonly state: TableState
  readonly rowsWritten: number
  readonly partitionsWritten: number
  /** Size of the written data files. */
  readonly bytesWritten: number
}

/**
 * Publishes the content as the next version, all of it or nothing. If no file is written, replaced
 * or marked, the commit only records the new provenance of the rows. If that is the same too, there
 * is no commit, and the base stays the newest version. Throws `commit-conflict` if another writer
 * was first or the run has lost its claim, and `newer-code` if newer code made the base.
 */
export async function publish(publisher: Publisher, content: NewContent): Promise<Published> {
  const { asset, base, written, marked = [] } = content
  const newSchema = !hasSchemaOf(base, asset)
  const made = base && (await findCommitInfo(publisher.lake, asset.key, base.version))
  const known = knownProvenance(made?.lake)
  // Repeats the check with which the step began: if this run lost its claim, a later run can have
  // made the base.
  refuseNewerCode(asset, known, publisher.loaded)
  const put = await Promise.all(written.map((file) => putFile(publisher, asset, file)))
  const marking = await markedAdds(publisher, asset, marked)
  const replaced = [...content.replaced, ...marked.map(({ file }) => file)]
  const adds = [...put.map(({ add }) => add), ...marking.adds]
  const removed = new Set(replaced.map(({ path }) => path))
  const kept = base ? [...base.files.values()].filter(({ path }) => !removed.has(path)) : []
  const live = [...kept, ...adds]
  const now = publisher.now()
  const features = featuresOf(asset, base, live)
  const provenance = stampProvenance({
    ...content.provenance,
    loadedAt: publisher.loaded.loadedAt.toISOString(),
    ...(await newContentOf(publisher, { ...content, replaced }, { live, known: newSchema ? undefined : known })),
    ...(hasVectors(features.protocol) && { deletionVectors: true }),
    ...nullsOf(asset, live),
    partitions: new Set(live.map(({ partitionValues }) => partitionKey(partitionValues))).size,
  })
  const touched = new Set([...replaced, ...written].map(({ partitionValues }) => partitionKey(partitionValues)))
  const change = changedTable(asset, base, { features, newSchema, now })
  const isSameTable = touched.size === 0 && !change.metadata && !change.protocol
  if (made && known && isSameTable && (await isRepeated(publisher.lake, known, provenance))) {
    await removeDocuments(publisher, asset, { known, provenance })
    const state = { version: base.version, committedAt: new Date(made.timestamp), provenance: known }
    return { outcome: 'unchanged', state, rowsWritten: 0, partitionsWritten: 0, bytesWritten: 0 }
  }
  const unpublished = [...put.map(({ path }) => path), ...(marking.path === undefined ? [] : [marking.path])]
  const request: CommitRequest = {
    readVersion: base?.version,
    actions: { adds, removes: replaced.map((file) => removeOf(file, now.getTime())), ...change },
    commitInfo: { timestamp: now.getTime(), operation: 'WRITE', engineInfo: ENGINE_INFO, lake: provenance },
  }
  const version = await commitOrDiscard(publisher, { key: asset.key, request, unpublished })
  return {
    outcome: base && !newSchema && touched.size === 0 ? 'unchanged' : 'materialized',
    state: { version, committedAt: now, provenance },
    rowsWritten: written.reduce((sum, { stats }) => sum + stats.rows, 0),
    partitionsWritten: touched.size,
    bytesWritten: written.reduce((sum, { size }) => sum + size, 0),
  }
}

/**
 * Removes the documents of a source that no commit will name. If this fails, a vacuum removes them.
 */
async function removeDocuments(
  { lake }: Publisher,
  { key }: ResolvedAsset,
  { known, provenance }: { readonly known: Provenance; readonly provenance: Provenance },
): Promise<void> {
  const named = new Set(sourceFilesOf(key, known))
  const repeated = sourceFilesOf(key, provenance).filter((path) => !named.has(path))
  await Promise.all(repeated.map((path) => lake.delete(path).catch(() => undefined)))
}

interface Publication {
  readonly key: string
  readonly request: CommitRequest
  /** The files that were put into the lake for the commit. */
  readonly unpublished: readonly string[]
}

/** Returns the new version. Deletes the files again if this run is not allowed to publish them. */
async function commitOrDiscard(
  { lake, claims }: Publisher,
  { key, request, unpublished }: Publication,
): Promise<number> {
  try {
    await refuseLostClaim(claims, key)
    const { outcome, version } = await commit(lake, key, request)
    if (outcome === 'committed') return version
    throw new LakeError('commit-conflict', {
      problem:
        `another writer published version ${version} of ${key} while this run was building it. ` +
        'Nothing of this run was published',
      remedy: 'Run the command again.',
      asset: key,
    })
  } catch (error) {
    if (error instanceof LakeError && error.code === 'commit-conflict') {
      await Promise.all(unpublished.map((path) => lake.delete(path)))
    }
    throw error
  }
}

/** The numbers of nulls with which checks compare later versions. */
function nullsOf(asset: ResolvedAsset, live: readonly AddFile[]): Pick<Provenance, 'nulls'> {
  const { nulls } = countedRows(asset, live)
  return Object.keys(nulls).length > 0 ? { nulls } : {}
}

/** Deletion vectors are allowed if the asset asks for them, or a live file has one. */
function featuresOf(asset: ResolvedAsset, base: Snapshot | undefined, live: readonly AddFile[]): TableFeatures {
  const isWanted = usesVectors(asset) || live.some(({ deletionVector }) => deletionVector)
  return withVectors(
    { protocol: base?.protocol ?? PROTOCOL, configuration: base?.metadata.configuration ?? {} },
    isWanted,
  )
}

interface TableChange {
  readonly features: TableFeatures
  readonly newSchema: boolean
  readonly now: Date
}

/** The metadata and the protocol, if the commit has to change them. */
function changedTable(
  asset: ResolvedAsset,
  base: Snapshot | undefined,
  { features, newSchema, now }: TableChange,
): Pick<CommitActions, 'metadata' | 'protocol'> {
  const { protocol, configuration } = features
  const isConfigured = base !== undefined && isDeepStrictEqual(configuration, base.metadata.configuration)
  return {
    ...((newSchema || !isConfigured) && { metadata: { ...metadataOf(asset, base, now), configuration } }),
    ...(!isDeepStrictEqual(protocol, base?.protocol) && { protocol }),
  }
}

interface Rows {
  readonly live: readonly AddFile[]
  /**
   * The base's provenance; undefined if the base has another schema, so that it cannot be compared.
   */
  readonly known: Provenance | undefined
}

/**
 * Keeps the recorded content if no row changed, so that a change of engine makes nothing stale. If
 * rows changed and the engine did too, fingerprints the previous version with the new engine, so
 * that a downstream becomes stale only by the columns that it reads.
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
  // Fails if a file of the version is lost. Then everything that read the version becomes stale.
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

/**
 * The path of a file that an engine wrote to the storage itself; undefined for a file on this
 * machine.
 */
function pathInLake(lake: Storage, location: string): string | undefined {
  const isInLake = !isLocal(lake) && location.startsWith(`${lake.uri}/`)
  return isInLake ? location.slice(lake.uri.length + 1) : undefined
}

/** Whether the base has the asset's schema. False if there is no table yet. */
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
