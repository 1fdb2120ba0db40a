/** Pins the versions of the tables that a step reads. */
import type { AddFile } from '../delta/actions.ts'
import { readSnapshot, type Snapshot } from '../delta/snapshot.ts'
import type { InputTable } from '../engine/data-file.ts'
import { LakeError } from '../errors.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { ResolvedAsset, ResolvedTable } from '../graph/resolved-asset.ts'
import { restrictFingerprint } from '../observe/fingerprint.ts'
import type { TableState } from '../observe/observation.ts'
import { observeTable } from '../observe/observe.ts'
import type { InputVersion } from '../observe/provenance.ts'
import type { Storage } from '../storage/storage.ts'
import { locateFiles } from './data-files.ts'
import { liveRows } from './live-rows.ts'
import type { ReadFiles } from './lost-files.ts'

/** One version of a table that a step reads, even if other runs publish meanwhile. */
export interface PinnedTable {
  readonly state: TableState
  readonly files: readonly AddFile[]
  readonly input: InputTable
}

/** Pins the newest version. Throws `upstream-missing`, which names the asset that needs it. */
async function pinTable(lake: Storage, asset: ResolvedAsset, neededBy: string): Promise<PinnedTable> {
  const { key } = asset
  const state = await observeTable(lake, key)
  const snapshot = state && (await readSnapshot(lake, key, state.version))
  if (!state || !snapshot) {
    throw new LakeError('upstream-missing', {
      problem: `${neededBy} needs ${key}, which has not been built`,
      remedy: `Run \`lake materialize +${neededBy}\` (without --only).`,
      asset: neededBy,
    })
  }
  return { state, files: [...snapshot.files.values()], input: await inputOf(lake, asset, snapshot) }
}

async function inputOf(lake: Storage, { key, columns }: ResolvedAsset, { files }: Snapshot): Promise<InputTable> {
  const all = [...files.values()]
  const rows = await liveRows(lake, key, all)
  return { columns, files: locateFiles(lake, key, all), ...(rows && { rows }) }
}

/**
 * The pinned tables of a step by key: the asset's upstreams, and the tables that its checks refer
 * to.
 */
export type Pins = (key: string) => PinnedTable

export interface PinnedInputs {
  readonly pinned: Pins
  /** All of them, by key. */
  readonly pins: ReadonlyMap<string, PinnedTable>
}

export async function pinInputs({ lake, graph }: PinContext, asset: ResolvedTable): Promise<PinnedInputs> {
  const pins = await pinAll({ lake, graph }, asset, [...asset.upstream.map(({ key }) => key), ...referencedKeys(asset)])
  return { pinned: pinsOf(asset, pins), pins }
}

/** Pins only the tables that the asset's checks refer to. */
export async function pinReferenced(context: PinContext, asset: ResolvedTable): Promise<Pins> {
  return pinsOf(asset, await pinAll(context, asset, referencedKeys(asset)))
}

interface PinContext {
  readonly lake: Storage
  readonly graph: AssetGraph
}

async function pinAll({ lake, graph }: PinContext, asset: ResolvedTable, keys: readonly string[]) {
  const pins = new Map<string, PinnedTable>()
  for (const key of new Set(keys)) pins.set(key, await pinTable(lake, graph.get(key), asset.key))
  return pins
}

const pinsOf =
  (asset: ResolvedTable, pins: ReadonlyMap<string, PinnedTable>): Pins =>
  (key) => {
    const pin = pins.get(key)
    if (!pin) throw new Error(`${key} was not pinned for ${asset.key}`)
    return pin
  }

/** The files that a step reads, by key. */
export function filesOf(pins: ReadonlyMap<string, PinnedTable>): ReadonlyMap<string, ReadFiles> {
  return new Map([...pins].map(([key, { files, state }]) => [key, { files, version: state.version }]))
}

/**
 * The keys of other tables that the asset's checks refer to. A table that refers to itself is
 * checked against its new rows.
 */
export function referencedKeys(asset: ResolvedTable): readonly string[] {
  return asset.references.map(({ asset: key }) => key).filter((key) => key !== asset.key)
}

/** The versions that the query reads, for the provenance. */
export function inputVersions(asset: ResolvedTable, pinned: Pins): Readonly<Record<string, InputVersion>> {
  const uses = asset.upstream.map(({ key, columns }) => [key, columns] as const)
  return versionsOf(uses, pinned)
}

/**
 * The versions that the checks refer to, for the provenance. They hold the values of the referenced
 * column.
 */
export function referencedVersions(asset: ResolvedTable, pinned: Pins): Readonly<Record<string, InputVersion>> {
  const uses = asset.references.map((reference) => [reference.asset, [reference.key]] as const)
  return versionsOf(
    uses.filter(([key]) => key !== asset.key),
    pinned,
  )
}

function versionsOf(
  uses: readonly (readonly [key: string, columns: readonly string[]])[],
  pinned: Pins,
): Readonly<Record<string, InputVersion>> {
  const columns = new Map<string, string[]>()
  for (const [key, names] of uses) columns.set(key, [...(columns.get(key) ?? []), ...names])
  return Object.fromEntries(
    [...columns].map(([key, names]) => {
      const { version, committedAt, provenance } = pinned(key).state
      const content = restrictFingerprint(provenance.content, names)
      return [key, { version, content, committedAt: committedAt.toISOString() }]
    }),
  )
}
