/** Brings back the rows of an earlier version of a table, as a new version. */
import { isDeepStrictEqual } from 'node:util'
import { type AddFile, type Metadata, removeOf } from '../delta/actions.ts'
import { type CommitActions, commit } from '../delta/commit.ts'
import { latestCommit, readCommit } from '../delta/log/log.ts'
import { sameShape, withNotes } from '../delta/schema.ts'
import { readLogged, type Snapshot } from '../delta/snapshot.ts'
import { fileId } from '../delta/vectors/deletion-vector.ts'
import { LakeError } from '../errors.ts'
import { knownProvenance, type Provenance } from '../observe/provenance.ts'
import { ENGINE_INFO } from '../publish/publish.ts'
import { claimAssets } from '../run/claims/claim-assets.ts'
import { FILES_CLAIM, heldBy, refuseLostClaim } from '../run/claims/claim-conflict.ts'
import { newRunId } from '../run/run-id.ts'
import type { Storage } from '../storage/storage.ts'
import { notBuilt, readVersion, unreadableFiles } from '../tables/table-version.ts'
import { printableLine } from '../text/printable.ts'

interface RollbackRequest {
  readonly lake: Storage
  readonly key: string
  /** The version to bring back. */
  readonly to: number
  readonly now: () => Date
}

/** `unchanged`: the version is already the newest, and nothing was committed. */
export interface RolledBack {
  readonly outcome: 'rolled-back' | 'unchanged'
  /** The newest version before the rollback. */
  readonly from: number
  /** The newest version after the rollback. */
  readonly version: number
  readonly runId: string | null
  readonly rows: number
}

/**
 * Commits a version with the files, the schema and the provenance of an earlier version. From then
 * on, lake decides its staleness like that of any other version. Throws `usage` if the earlier
 * version does not exist or is no longer readable, and `held` if another run has claimed the asset.
 */
export async function rollBack(request: RollbackRequest): Promise<RolledBack> {
  const { lake, key, to, now } = request
  const newest = await newestVersion(lake, key)
  const provenance = await provenanceOfTarget(lake, key, to)
  if (newest === to) return unchanged(to, provenance)
  const runId = newRunId(now())
  const claimed = await claimAssets(lake, [key, FILES_CLAIM], runId)
  if (claimed.kind === 'held-by-other') throw heldBy(claimed.holder)
  try {
    const from = await newestVersion(lake, key)
    if (from === to) return unchanged(to, provenance)
    const [current, target] = await Promise.all([readCurrent(lake, key, from), readVersion(lake, key, to)])
    await refuseMissingFiles(lake, key, target, provenance)
    // If a vacuum took the claim, it does not know of the files that the rollback brings back.
    await refuseLostClaim(claimed.claims, FILES_CLAIM)
    const version = await commitRollback(request, { current, target, provenance: { ...provenance, runId } })
    return { outcome: 'rolled-back', from, version, runId, rows: provenance.content.rows }
  } finally {
    await claimed.claims.release()
  }
}

/**
 * Reads only the log. The log is sufficient to remove the version's files, even if lake cannot read
 * its rows.
 */
async function readCurrent(lake: Storage, key: string, version: number): Promise<Snapshot> {
  const current = await readLogged(lake, key, version)
  if (!current) throw notBuilt(key)
  return current
}

function unchanged(version: number, { content }: Provenance): RolledBack {
  return { outcome: 'unchanged', from: version, version, runId: null, rows: content.rows }
}

/**
 * The newest version by any writer: a rollback can also undo what another program did to a table.
 */
async function newestVersion(lake: Storage, key: string): Promise<number> {
  const newest = await latestCommit(lake, key)
  if (!newest) throw notBuilt(key)
  return newest.version
}

/**
 * Throws `usage` if the version does not exist, or if it does not record its inputs, which later
 * runs need.
 */
async function provenanceOfTarget(lake: Storage, key: string, version: number): Promise<Provenance> {
  const provenance = knownProvenance((await readCommit(lake, key, version))?.commitInfo.lake)
  if (provenance) return provenance
  throw new LakeError('usage', {
    problem: `version ${version} of ${key} does not record what it was made from, because lake did not write it`,
    remedy: `\`lake history ${key}\` lists the other versions.`,
    asset: key,
  })
}

async function refuseMissingFiles(lake: Storage, key: string, target: Snapshot, { source }: Provenance): Promise<void> {
  const gone = await unreadableFiles(lake, key, [...target.files.values()])
  const refuse = (reason: string, files: readonly string[]) =>
    new LakeError('usage', {
      problem: `${key} cannot be rolled back to version ${target.version}: ${reason}. Nothing was changed`,
      remedy: `Choose another version: \`lake history ${key}\` lists them.`,
      asset: key,
      details: { files },
    })
  if (gone) throw refuse(gone.description, gone.paths)
  for (const path of [source?.manifest, source?.rejects]) {
    if (path !== undefined && !(await lake.read(path)))
      throw refuse(`${printableLine(path)} no longer exists, because it was vacuumed or lost`, [path])
  }
}

interface Rollback {
  readonly current: Snapshot
  readonly target: Snapshot
  readonly provenance: Provenance
}

/**
 * The files that are not among `others`. Files that differ in their deletion vectors are different
 * files.
 */
const without = (files: Snapshot['files'], others: Snapshot['files']): readonly AddFile[] =>
  [...files.values()].filter((file) => {
    const other = others.get(file.path)
    return !other || fileId(file) !== fileId(other)
  })

/**
 * The metadata and protocol that the rollback has to commit because they differ. Column comments by
 * other writers stay.
 */
function changedBack(current: Snapshot, target: Snapshot): Pick<CommitActions, 'metadata' | 'protocol'> {
  const { columns, configuration, partitionColumns } = target.metadata
  const sameTable =
    current.metadata.unreadable === undefined &&
    sameShape(current.metadata, target.metadata) &&
    isDeepStrictEqual(current.metadata.configuration, configuration)
  const metadata: Metadata = {
    ...{ id: current.metadata.id, createdTime: target.metadata.createdTime, configuration, partitionColumns },
    columns: withNotes(columns, [...columns, ...current.metadata.columns]),
    ...(current.metadata.more && { more: current.metadata.more }),
  }
  return {
    ...(!sameTable && { metadata }),
    ...(!isDeepStrictEqual(current.protocol, target.protocol) && { protocol: target.protocol }),
  }
}

/** Returns the number of the committed version. */
async function commitRollback({ lake, key, now }: RollbackRequest, rollback: Rollback): Promise<number> {
  const { current, target, provenance } = rollback
  const timestamp = now().getTime()
  const committed = await commit(lake, key, {
    readVersion: current.version,
    actions: {
      adds: without(target.files, current.files),
      removes: without(current.files, target.files).map((file) => removeOf(file, timestamp)),
      ...changedBack(current, target),
    },
    commitInfo: { timestamp, operation: 'ROLLBACK', engineInfo: ENGINE_INFO, lake: provenance },
  })
  if (committed.outcome === 'committed') return committed.version
  throw new LakeError('commit-conflict', {
    problem: `another writer published version ${committed.version} of ${key} meanwhile. Nothing was changed`,
    remedy: 'Run the command again.',
    asset: key,
  })
}
