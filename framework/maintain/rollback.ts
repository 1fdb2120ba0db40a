import { isDeepStrictEqual } from 'node:util'
import { type AddFile, type Metadata, removeOf } from '../delta/actions.ts'
import { type CommitActions, commit } from '../delta/commit.ts'
import { latestCommit } from '../delta/log/log.ts'
import { sameShape, withNotes } from '../delta/schema.ts'
import { readLogged, type Snapshot } from '../delta/snapshot.ts'
import { LakeError } from '../errors.ts'
import { type Provenance, provenanceOf } from '../observe/provenance.ts'
import { ENGINE_INFO } from '../publish/publish.ts'
import { FILES_CLAIM, heldBy } from '../run/claim-conflict.ts'
import { claimAssets } from '../run/claims.ts'
import { newRunId } from '../run/run-id.ts'
import type { Storage } from '../storage/storage.ts'
import { goneFiles, notBuilt, readVersion } from '../tables/table-version.ts'
import { printableLine } from '../text/printable.ts'

export interface RollbackRequest {
  readonly lake: Storage
  readonly key: string
  /** The version whose rows are to be those of the table again. */
  readonly to: number
  readonly now: () => Date
}

/** `unchanged`: the version is the newest one already, and nothing was committed. */
export interface RolledBack {
  readonly outcome: 'rolled-back' | 'unchanged'
  /** The newest version before. */
  readonly from: number
  /** The newest version now. */
  readonly version: number
  readonly runId: string | null
  readonly rows: number
}

/**
 * Commits a version that holds what an earlier one holds: its files, its schema and what it was made from. Whether the asset or what
 * depends on it is stale then follows as for any other version. Throws `usage` for a version that is not there or cannot be read any
 * more, `held` where a run has the asset.
 */
export async function rollBack(request: RollbackRequest): Promise<RolledBack> {
  const { lake, key, to, now } = request
  const newest = await newestVersion(lake, key)
  const provenance = await wantedProvenance(lake, key, to)
  if (newest === to) return unchanged(to, provenance)
  const runId = newRunId(now())
  const claim = await claimAssets(lake, [key, FILES_CLAIM], runId)
  if (claim.kind === 'held') throw heldBy(claim.by)
  try {
    const from = await newestVersion(lake, key)
    if (from === to) return unchanged(to, provenance)
    const [current, wanted] = await Promise.all([readCurrent(lake, key, from), readVersion(lake, key, to)])
    await refuseGone(lake, key, wanted, provenance)
    const version = await commitRollback(request, { current, wanted, provenance: { ...provenance, runId } })
    return { outcome: 'rolled-back', from, version, runId, rows: provenance.content.rows }
  } finally {
    await claim.held.release()
  }
}

/** Whether or not lake can read its rows: what the log says of it is enough to take its files out. */
async function readCurrent(lake: Storage, key: string, version: number): Promise<Snapshot> {
  const current = await readLogged(lake, key, version)
  if (!current) throw notBuilt(key)
  return current
}

function unchanged(version: number, { content }: Provenance): RolledBack {
  return { outcome: 'unchanged', from: version, version, runId: null, rows: content.rows }
}

/** Whoever wrote it: what another program did to a table can be undone too. */
async function newestVersion(lake: Storage, key: string): Promise<number> {
  const newest = await latestCommit(lake, key)
  if (!newest) throw notBuilt(key)
  return newest.version
}

/** What the version was made from. Throws `usage` where it is not there, or says nothing that later runs could work from. */
async function wantedProvenance(lake: Storage, key: string, version: number): Promise<Provenance> {
  const provenance = await provenanceOf(lake, key, version)
  if (provenance) return provenance
  throw new LakeError(
    'usage',
    `version ${version} of ${key} was not written by lake, which cannot tell what it was made from. Choose another: lake history ${key}`,
    { asset: key },
  )
}

async function refuseGone(lake: Storage, key: string, wanted: Snapshot, { source }: Provenance): Promise<void> {
  const gone = await goneFiles(lake, key, [...wanted.files.values()])
  const refuse = (words: string, files: readonly string[]) =>
    new LakeError(
      'usage',
      `${key} cannot be rolled back to version ${wanted.version}: ${words}. Nothing was changed.`,
      { asset: key, details: { files } },
    )
  if (gone) throw refuse(gone.description, gone.paths)
  for (const path of [source?.manifest, source?.rejects]) {
    if (path !== undefined && !(await lake.read(path)))
      throw refuse(`${printableLine(path)} is gone, vacuumed or lost`, [path])
  }
}

interface Rollback {
  readonly current: Snapshot
  readonly wanted: Snapshot
  readonly provenance: Provenance
}

/** A file with another deletion vector is another file. */
const without = (files: Snapshot['files'], others: Snapshot['files']): readonly AddFile[] =>
  [...files.values()].filter((file) => {
    const other = others.get(file.path)
    return !other || !isDeepStrictEqual(file.more?.deletionVector, other.more?.deletionVector)
  })

/** Of schema, settings and protocol what is another than it was. Comments that others have made stay. */
function changedBack(current: Snapshot, wanted: Snapshot): Pick<CommitActions, 'metadata' | 'protocol'> {
  const { columns, configuration, partitionColumns } = wanted.metadata
  const sameTable =
    current.metadata.unreadable === undefined &&
    sameShape(current.metadata, wanted.metadata) &&
    isDeepStrictEqual(current.metadata.configuration, configuration)
  const metadata: Metadata = {
    ...{ id: current.metadata.id, createdTime: wanted.metadata.createdTime, configuration, partitionColumns },
    columns: withNotes(columns, [...columns, ...current.metadata.columns]),
    ...(current.metadata.more && { more: current.metadata.more }),
  }
  return {
    ...(!sameTable && { metadata }),
    ...(!isDeepStrictEqual(current.protocol, wanted.protocol) && { protocol: wanted.protocol }),
  }
}

/** The version that was committed. */
async function commitRollback({ lake, key, now }: RollbackRequest, rollback: Rollback): Promise<number> {
  const { current, wanted, provenance } = rollback
  const timestamp = now().getTime()
  const committed = await commit(lake, key, {
    readVersion: current.version,
    actions: {
      adds: without(wanted.files, current.files),
      removes: without(current.files, wanted.files).map((file) => removeOf(file, timestamp)),
      ...changedBack(current, wanted),
    },
    commitInfo: { timestamp, operation: 'ROLLBACK', engineInfo: ENGINE_INFO, lake: provenance },
  })
  if (committed.outcome === 'committed') return committed.version
  throw new LakeError(
    'commit-conflict',
    `another writer published version ${committed.version} of ${key} meanwhile. Nothing was changed. Run the command again.`,
    { asset: key },
  )
}
