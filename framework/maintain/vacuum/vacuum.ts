/**
 * Deletes the files and scratch directories that no kept version of a table needs, and old commits.
 */
import { basename } from 'node:path'
import { beginAt, findBeginning, type LogBeginning } from '../../delta/checkpoint/log-beginning.ts'
import { readLifetimes, type TableLifetimes } from '../../delta/lifetimes.ts'
import { versionsCompared } from '../../execute/checks/history-checks.ts'
import type { ResolvedAsset } from '../../graph/resolved-asset.ts'
import { observeTable, unreadableCommit } from '../../observe/observe.ts'
import { parseProvenance } from '../../observe/provenance.ts'
import { claimAssets, type HeldClaims } from '../../run/claims/claim-assets.ts'
import { FILES_CLAIM, heldBy, refuseLostClaim } from '../../run/claims/claim-conflict.ts'
import { type OpenClaims, openClaims } from '../../run/claims/open-claims.ts'
import { interrupted } from '../../run/interrupted.ts'
import { newRunId } from '../../run/run-id.ts'
import { listScratch, removeRunDirectory } from '../../run/scratch.ts'
import { isLocal } from '../../storage/is-local.ts'
import type { Storage } from '../../storage/storage.ts'
import type { KeptVersions } from './retention.ts'
import { decideLogs, oldestLogged } from './vacuum-log.ts'
import { decideFiles, decideScratch, type VacuumDecision, versionsToKeep } from './vacuum-plan.ts'

/** Maximum number of files that are deleted at the same time. A log counts as one file. */
const MAX_DELETIONS = 16

interface VacuumRequest {
  readonly lake: Storage
  readonly assets: readonly ResolvedAsset[]
  /**
   * The retention, in milliseconds: versions that were the newest within this time stay readable.
   */
  readonly olderThan: number
  /** How long versions stay in the log after they were the newest, in milliseconds. */
  readonly keepHistory: number
  /** How long the events of runs are kept, in milliseconds. undefined: for ever. */
  readonly keepRuns?: number | undefined
  /** Report what would be deleted, and delete nothing. */
  readonly dryRun: boolean
  readonly scratchRoot: string
  readonly now: () => Date
  readonly signal: AbortSignal
}

export interface Vacuumed {
  readonly deleted: readonly VacuumedFile[]
  /** Total size of what was deleted. */
  readonly bytes: number
  readonly dryRun: boolean
  readonly kept: {
    readonly versions: readonly (KeptVersions & { readonly asset: string })[]
    /** Files that no kept version needs, and that were kept nevertheless. */
    readonly files: readonly VacuumedFile[]
  }
}

export interface VacuumedFile {
  /** Relative to the lake. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly why: string
}

/**
 * Deletes the files that no kept version needs: see `keptVersions`. Then shortens the logs: see
 * `oldestLogged`. Throws `held` during another vacuum or a rollback.
 *
 * The order makes this safe during runs: first files are listed, then claims are read, then the
 * logs. If a run no longer has a claim, a listed file of it is either published and in the log, or
 * will never be published. Later commits only add new files, except for a rollback, which the claim
 * prevents.
 */
export async function vacuum(request: VacuumRequest): Promise<Vacuumed> {
  const { lake, dryRun, now } = request
  if (dryRun) return report(request, await find(request))
  const claimed = await claimAssets(lake, [FILES_CLAIM], newRunId(now()))
  if (claimed.kind === 'held-by-other') throw heldBy(claimed.holder)
  try {
    const found = await find(request)
    await clear(request, found, claimed.claims)
    return report(request, found)
  } finally {
    await claimed.claims.release()
  }
}

interface Found {
  readonly files: readonly VacuumDecision[]
  /** By table. */
  readonly logs: ReadonlyMap<string, readonly VacuumDecision[]>
  readonly beginnings: ReadonlyMap<string, LogBeginning>
  readonly scratch: readonly VacuumDecision[]
  readonly versions: Vacuumed['kept']['versions']
}

async function find(request: VacuumRequest): Promise<Found> {
  const { lake, assets, scratchRoot, olderThan, keepHistory, keepRuns, now } = request
  const [items, scratch] = await Promise.all([
    Promise.all([...assets.map(({ key }) => key), '_lake'].map((directory) => lake.inventory(directory))),
    listScratch(scratchRoot),
  ])
  const claims = await othersClaims(lake)
  const tables = await readTables(lake, assets)
  const keys = new Set(assets.map(({ key }) => key))
  const formerKeys = new Map(
    assets.flatMap(({ key, declared: { formerly } }) => (formerly === undefined ? [] : [[key, formerly] as const])),
  )
  const contents = {
    ...{ now: now().getTime(), olderThan, keepHistory, keepRuns, keys, formerKeys, scratch, claims, tables },
    compared: new Map(assets.map((asset) => [asset.key, versionsCompared(asset)])),
    // If the lake is on this machine, each scratch directory is kept or deleted with all of its
    // files.
    items: items.flat().filter(({ path }) => !(isLocal(lake) && path.startsWith('_lake/scratch/'))),
  }
  const kept = versionsToKeep(contents)
  const beginnings = await findBeginnings(lake, oldestLogged(contents))
  const versions = new Map([...beginnings].map(([key, { version }]) => [key, version]))
  return {
    files: decideFiles(contents, kept),
    logs: decideLogs(contents, versions),
    beginnings,
    scratch: decideScratch(contents),
    versions: [...kept].flatMap(([asset, versions]) => versions.map((range) => ({ asset, ...range }))),
  }
}

async function findBeginnings(
  lake: Storage,
  oldest: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, LogBeginning>> {
  const beginnings = new Map<string, LogBeginning>()
  for (const [key, version] of oldest) {
    const beginning = await findBeginning(lake, key, version)
    if (beginning) beginnings.set(key, beginning)
  }
  return beginnings
}

/**
 * The claims of runs. Leaves out FILES_CLAIM: this vacuum holds it, or in a dry run another vacuum
 * or a rollback.
 */
async function othersClaims(lake: Storage): Promise<OpenClaims> {
  const { live, dead } = await openClaims(lake)
  return { live: live.filter(({ key }) => key !== FILES_CLAIM), dead }
}

/**
 * Throws `corrupt-table` if another program has written to a table: lake does not know which files
 * it needs.
 */
async function readTables(
  lake: Storage,
  assets: readonly ResolvedAsset[],
): Promise<ReadonlyMap<string, TableLifetimes>> {
  const tables = new Map<string, TableLifetimes>()
  for (const { key } of assets) {
    const lifetimes = (await observeTable(lake, key)) && (await readLifetimes(lake, key))
    if (!lifetimes) continue
    refuseDamaged(lake, key, lifetimes)
    tables.set(key, lifetimes)
  }
  return tables
}

/** Throws if the provenance of a version is unreadable: it names files that the version needs. */
function refuseDamaged(lake: Storage, key: string, { versions }: TableLifetimes): void {
  for (const { version, commitInfo } of versions) {
    const stored = parseProvenance(commitInfo.lake)
    if (stored.kind === 'refused' || stored.kind === 'later') throw unreadableCommit(lake, { key, version }, stored)
  }
}

async function clear(
  { lake, scratchRoot, signal }: VacuumRequest,
  { files, logs, beginnings, scratch }: Found,
  claims: HeldClaims,
): Promise<void> {
  for (const { path } of scratch.filter(isDeleted)) {
    await removeRunDirectory(scratchRoot, basename(path))
  }
  const deleted = files.filter(isDeleted)
  await inGroups(claims, deleted, async ({ path }, done) => {
    if (signal.aborted) throw interrupted(`${done} of ${deleted.length} files were deleted. Run the command again.`)
    await lake.delete(path)
  })
  await inGroups(claims, [...logs], async ([key, decisions], done) => {
    const beginning = beginnings.get(key)
    if (beginning) await beginAt(lake, key, beginning)
    for (const { path } of decisions) {
      if (signal.aborted) throw interrupted(`${done} of ${logs.size} logs were shortened. Run the command again.`)
      await lake.delete(path)
    }
  })
}

/**
 * Does the work on several items at the same time. `done` is the number of items before the group.
 */
async function inGroups<Item>(
  claims: HeldClaims,
  items: readonly Item[],
  work: (item: Item, done: number) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < items.length; start += MAX_DELETIONS) {
    // If a rollback took the claim, it can bring back files that were to be deleted.
    await refuseLostClaim(claims, FILES_CLAIM)
    await Promise.all(items.slice(start, start + MAX_DELETIONS).map((item) => work(item, start)))
  }
}

const isDeleted = ({ action }: VacuumDecision): boolean => action === 'delete'

function report({ dryRun }: VacuumRequest, { files, logs, scratch, versions }: Found): Vacuumed {
  const fileOf = ({ path, size, why }: VacuumDecision): VacuumedFile => ({ path, size, why })
  const all = [...files, ...[...logs.values()].flat(), ...scratch]
  const deleted = all.filter(isDeleted).map(fileOf)
  const kept = all.filter((decision) => !isDeleted(decision)).map(fileOf)
  return { deleted, bytes: deleted.reduce((sum, { size }) => sum + size, 0), dryRun, kept: { versions, files: kept } }
}
