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
import type { ReadFiles } from './lost-files.ts'

/** One version of an upstream, which stays the same while a step reads it, whatever is published meanwhile. */
export interface PinnedTable {
  readonly state: TableState
  readonly files: readonly AddFile[]
  readonly input: InputTable
}

/** Pins the newest version. Throws `upstream-missing`, naming the asset that needs it. */
async function pinTable(lake: Storage, asset: ResolvedAsset, neededBy: string): Promise<PinnedTable> {
  const { key } = asset
  const state = await observeTable(lake, key)
  const snapshot = state && (await readSnapshot(lake, key, state.version))
  if (!state || !snapshot) {
    throw new LakeError(
      'upstream-missing',
      `${neededBy} needs ${key}, which has not been built. Run lake materialize +${neededBy} (without --only).`,
      { asset: neededBy },
    )
  }
  return { state, files: [...snapshot.files.values()], input: inputOf(lake, asset, snapshot) }
}

function inputOf(lake: Storage, { key, columns }: ResolvedAsset, snapshot: Snapshot): InputTable {
  return { columns, files: locateFiles(lake, key, snapshot.files.values()) }
}

/** What a step of a table reads, by key: its upstreams, and what its checks refer to. */
export type Pins = (key: string) => PinnedTable

export async function pinInputs(
  { lake, graph }: PinPlaces,
  asset: ResolvedTable,
): Promise<{ readonly pinned: Pins; readonly pins: ReadonlyMap<string, PinnedTable> }> {
  const pins = await pinAll({ lake, graph }, asset, [...asset.upstream.map(({ key }) => key), ...referencedKeys(asset)])
  return { pinned: pinsOf(asset, pins), pins }
}

/** What the checks alone read. */
export async function pinReferenced(places: PinPlaces, asset: ResolvedTable): Promise<Pins> {
  return pinsOf(asset, await pinAll(places, asset, referencedKeys(asset)))
}

interface PinPlaces {
  readonly lake: Storage
  readonly graph: AssetGraph
}

async function pinAll({ lake, graph }: PinPlaces, asset: ResolvedTable, keys: readonly string[]) {
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

/** A table that refers to itself is checked against its new rows. */
export function referencedKeys(asset: ResolvedTable): readonly string[] {
  return asset.references.map(({ asset: key }) => key).filter((key) => key !== asset.key)
}

/** What is recorded of the versions that the query reads. */
export function inputVersions(asset: ResolvedTable, pinned: Pins): Readonly<Record<string, InputVersion>> {
  const uses = asset.upstream.map(({ key, columns }) => [key, columns] as const)
  return versionsOf(uses, pinned)
}

/** What is recorded of the versions that the checks refer to: the keys that they had. */
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
