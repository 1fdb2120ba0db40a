import type { InputTable, WrittenFile } from '../engine/data-file.ts'
import type { LocalEngine } from '../engine/engine.ts'
import type { ResolvedSource, ResolvedTable } from '../graph/resolved-asset.ts'
import type { Observation, TableState } from '../observe/observation.ts'
import type { Places } from '../observe/observe.ts'
import { type InputVersion, inputOf } from '../observe/provenance.ts'
import type { Storage } from '../storage/storage.ts'
import { findInputVersion, type Unable, unable } from '../tables/input-version.ts'
import { goneFiles, tableOf } from '../tables/table-version.ts'
import { printableLine } from '../text/printable.ts'

/** What an asset was made from, made into rows once more; or why that cannot be done. */
export type Rebuilt = { readonly kind: 'rebuilt'; readonly table: InputTable } | Unable

export interface Rebuild {
  readonly places: Places
  readonly engine: () => Promise<LocalEngine>
  /** An existing empty local directory. */
  readonly directory: string
  readonly signal: AbortSignal
}

/** Runs the query over the input versions that the newest version was made from. Nothing is checked: the rows are not published. */
export async function rebuildTable(rebuild: Rebuild, asset: ResolvedTable, state: TableState): Promise<Rebuilt> {
  const { places, directory, signal } = rebuild
  const inputs = new Map<string, InputTable>()
  for (const { alias, key } of asset.upstream) {
    const version = inputOf(state.provenance.inputs, key)
    const input = version ? await pinnedInput(places.lake, key, version) : unable(`its version of ${key} is not known`)
    if (input.kind === 'unable') return input
    inputs.set(alias, input.table)
  }
  const unchecked: ResolvedTable = { ...asset, references: [], declared: { ...asset.declared, checks: [] } }
  const engine = await rebuild.engine()
  try {
    const { files } = await engine.build({ asset: unchecked, inputs, referenced: new Map(), directory, signal })
    return rebuilt(asset, files)
  } catch (error) {
    const read = [...inputs.values()].flatMap((input) => input.files)
    const damaged = await engine.unreadableFile?.(read, error)
    if (damaged) return unable(`its input cannot be read any more: ${printableLine(damaged.file)} is damaged`)
    throw error
  }
}

async function pinnedInput(lake: Storage, key: string, consumed: InputVersion): Promise<Rebuilt> {
  const found = await findInputVersion(lake, key, consumed)
  if (found.kind === 'unable') return found
  const { snapshot } = found
  const gone = await goneFiles(lake, key, [...snapshot.files.values()])
  if (gone) return unable(`version ${consumed.version} of ${key}, its input, cannot be read: ${gone.description}`)
  return { kind: 'rebuilt', table: tableOf(lake, key, snapshot) }
}

/** Reads all files once more, if they are still those that the source was read from. */
export async function rebuildSource(
  rebuild: Rebuild,
  asset: ResolvedSource,
  observed: NonNullable<Observation['source']>,
): Promise<Rebuilt> {
  const { files, changes, manifest, lostManifest } = observed
  if (lostManifest !== undefined) return unable(`the list of the files that it was read from is lost (${lostManifest})`)
  const moved = changes.added.length + changes.changed.length + changes.removed.length
  if (moved > 0) {
    const words = moved === 1 ? '1 of its files' : `${moved} of its files`
    return unable(`${words} came, changed or went since it was read: it is stale, which is not wrong`)
  }
  const engine = await rebuild.engine()
  const result = await engine.ingest({
    ...{ source: asset, storage: rebuild.places.source(asset.key), files, listed: files },
    rewritten: { columns: asset.columns, files: [] },
    replacedPaths: [],
    ...{ directory: rebuild.directory, signal: rebuild.signal, progress: () => undefined },
  })
  if (!result.read.every((file) => manifest.holds(file))) return unable('its files changed while they were read again')
  return rebuilt(asset, result.files)
}

function rebuilt({ columns }: ResolvedTable | ResolvedSource, files: readonly WrittenFile[]): Rebuilt {
  return { kind: 'rebuilt', table: { columns, files: files.map(({ location }) => location) } }
}
