/**
 * Prepares the engine's request for an increment: each upstream as it was when the table was made,
 * and as it is now.
 */
import { deltaType } from '../../delta/schema.ts'
import type { Snapshot } from '../../delta/snapshot.ts'
import type { AffectedRequest, InputVersions, ReferencedTable, RowsWithin } from '../../engine/increment.ts'
import { isCorruptTable } from '../../errors.ts'
import type { UpstreamUse } from '../../graph/resolved-asset.ts'
import { Manifest } from '../../ingest/manifest.ts'
import { compareContent } from '../../observe/fingerprint.ts'
import type { TableState } from '../../observe/observation.ts'
import { inputOf, type Provenance } from '../../observe/provenance.ts'
import { hasSchemaOf } from '../../publish/publish.ts'
import { isRefusal, type Refusal, type Result, refused } from '../../refusal.ts'
import { dataFiles } from '../../tables/data-files.ts'
import { findInputVersion } from '../../tables/input-version.ts'
import { liveRows } from '../../tables/live-rows.ts'
import { type PinnedTable, type Pins, referencedKeys } from '../../tables/pinned-inputs.ts'
import type { StepContext } from '../step-context.ts'
import type { CurrentTable } from './refresh-choice.ts'

interface CurrentVersion {
  readonly base: Snapshot | undefined
  readonly pinned: Pins
}

export interface PreparedIncrement {
  readonly request: AffectedRequest
  readonly current: Snapshot
}

/** Reads the logs of the table and its upstreams, but no rows. */
export async function prepareIncrement(
  context: Pick<StepContext, 'lake' | 'signal' | 'followers'>,
  { asset, followed, state }: CurrentTable,
  { base, pinned }: CurrentVersion,
): Promise<Result<PreparedIncrement>> {
  const { lake, signal } = context
  if (!hasSchemaOf(base, asset) || base.version !== state.version)
    return refused('another version than the observed one is the newest')
  const inputs = new Map<string, InputVersions>()
  for (const use of asset.upstream) {
    const versions = await inputVersionsOf(context, use, { state, pin: pinned(use.key) })
    if (isRefusal(versions)) return versions
    inputs.set(use.alias, versions)
  }
  const referenced = new Map(
    referencedKeys(asset).map((key) => [key, referencedTable(key, { state, pin: pinned(key) })]),
  )
  const files = [...base.files.values()]
  const current = dataFiles(lake, asset, files, await liveRows(lake, asset.key, files))
  return { current: base, request: { asset, followed, inputs, current, referenced, signal } }
}

interface PinnedUse {
  readonly state: TableState
  readonly pin: PinnedTable
}

async function inputVersionsOf(
  { lake, followers }: Pick<StepContext, 'lake' | 'followers'>,
  { key, columns }: UpstreamUse,
  { state, pin }: PinnedUse,
): Promise<Result<InputVersions>> {
  const consumed = inputOf(state.provenance.inputs, key)
  if (!consumed) return refused(`the version of ${key} that it was made from is not recorded`)
  const found = await findInputVersion(lake, key, consumed)
  if (isRefusal(found)) return found
  const { snapshot, provenance } = found
  const types = new Map(snapshot.metadata.columns.map(({ name, type }) => [name, deltaType(type)]))
  const retyped = pin.input.columns.find(
    ({ name, type }) => columns.includes(name) && types.get(name) !== deltaType(type),
  )
  if (retyped) return refused(`the column ${retyped.name} of ${key} had another type when it was last read`)
  const table = { key, columns: pin.input.columns }
  const current = new Set(pin.files.map(({ path }) => path))
  const missing = await missingFile(
    lake,
    key,
    [...snapshot.files.keys()].filter((path) => !current.has(path)),
  )
  if (missing !== undefined) return refused(`version ${consumed.version} of ${key}, its input, has lost ${missing}`)
  const files = [...snapshot.files.values()]
  const kept = await liveRows(lake, key, files).catch(unreadable)
  if (kept && isRefusal(kept)) return kept
  const [before, after] = [dataFiles(lake, table, files, kept), dataFiles(lake, table, pin.files, pin.input.rows)]
  const within = await rowsWithin({ lake }, key, [provenance, pin.state.provenance])
  const several = followers.get(key)
  const name = `${key}@${consumed.version}-${pin.state.version}`
  return { columns: pin.input.columns, before, after, within, ...(several && { shared: { name, ...several } }) }
}

/** A deletion vector of the old version is lost or damaged. */
function unreadable(error: unknown): Refusal {
  if (!isCorruptTable(error)) throw error
  return refused(error.message)
}

/** The first of the files that no longer exists. `lake vacuum` deletes files of older versions. */
async function missingFile(
  lake: StepContext['lake'],
  key: string,
  paths: readonly string[],
): Promise<string | undefined> {
  if (paths.length === 0) return undefined
  const existing = new Set(await lake.names(key))
  return paths.find((path) => !existing.has(path))
}

/**
 * The source files whose entries in the manifests of two versions differ, so that their rows can
 * differ too. Undefined if rows of other files can differ too, because all files were read anew or
 * the rules for reading changed, or if the upstream is a table.
 */
async function rowsWithin(
  { lake }: Pick<StepContext, 'lake'>,
  key: string,
  [before, after]: readonly [Provenance, Provenance],
): Promise<RowsWithin | undefined> {
  const column = '_file'
  const [then, now] = [before.source, after.source]
  if (!then?.readBy || then.readBy !== now?.readBy || before.code.version !== after.code.version) return undefined
  if (then.manifest === undefined || now.manifest === undefined) return undefined
  if (then.manifest === now.manifest) return { column, values: [], rowsBefore: 0, rowsAfter: 0 }
  const [old, current] = await Promise.all([
    Manifest.read(lake, then.manifest, key),
    Manifest.read(lake, now.manifest, key),
  ])
  const values = old.differing(current)
  return { column, values, rowsBefore: old.rowsOf(values), rowsAfter: current.rowsOf(values) }
}

/**
 * A table that is named by a `references` check. It can have lost keys if its rows changed since
 * the check last ran. Kept rows can then refer to a key that no longer exists.
 */
function referencedTable(key: string, { state, pin }: PinnedUse): ReferencedTable {
  const checked = inputOf(state.provenance.referenced ?? {}, key)
  const { content } = pin.state.provenance
  const same = checked && compareContent(checked.content, content, Object.keys(checked.content.columns)).kind === 'none'
  return { table: pin.input, canHaveLostKeys: !same }
}
