/**
 * Recomputes the rows of an asset from the inputs of its newest version, without publishing them.
 */
import type { InputTable, WrittenFile } from '../engine/data-file.ts'
import type { LocalEngine } from '../engine/engine.ts'
import type { ResolvedSource, ResolvedTable } from '../graph/resolved-asset.ts'
import type { Observation, TableState } from '../observe/observation.ts'
import type { ProjectStorages } from '../observe/observe.ts'
import { type InputVersion, inputOf } from '../observe/provenance.ts'
import { isRefusal, type Result, refused } from '../refusal.ts'
import type { Storage } from '../storage/storage.ts'
import { findInputVersion } from '../tables/input-version.ts'
import { tableOf, unreadableFiles } from '../tables/table-version.ts'
import { printableLine } from '../text/printable.ts'

/** The recomputed rows. */
export interface Rebuilt {
  readonly kind: 'rebuilt'
  readonly table: InputTable
}

export interface RebuildContext {
  readonly storages: ProjectStorages
  readonly engine: () => Promise<LocalEngine>
  /** A local directory that exists and is empty. */
  readonly directory: string
  readonly signal: AbortSignal
}

/**
 * Runs the query over the input versions from which the newest version was made. Runs no checks,
 * because the rows are not published.
 */
export async function rebuildTable(
  context: RebuildContext,
  asset: ResolvedTable,
  state: TableState,
): Promise<Result<Rebuilt>> {
  const { storages, directory, signal } = context
  const inputs = new Map<string, InputTable>()
  for (const { alias, key } of asset.upstream) {
    const version = inputOf(state.provenance.inputs, key)
    const input = version
      ? await pinnedInput(storages.lake, key, version)
      : refused(`the version of ${key} that it was made from is not recorded`)
    if (input.kind === 'refused') return input
    inputs.set(alias, input.table)
  }
  const unchecked: ResolvedTable = { ...asset, references: [], declared: { ...asset.declared, checks: [] } }
  const engine = await context.engine()
  try {
    const { files } = await engine.build({ asset: unchecked, inputs, referenced: new Map(), directory, signal })
    return rebuilt(asset, files)
  } catch (error) {
    const read = [...inputs.values()].flatMap((input) => input.files)
    const damaged = await engine.unreadableFile?.(read, error)
    if (damaged) return refused(`its input can no longer be read: ${printableLine(damaged.file)} is damaged`)
    throw error
  }
}

async function pinnedInput(lake: Storage, key: string, consumed: InputVersion): Promise<Result<Rebuilt>> {
  const found = await findInputVersion(lake, key, consumed)
  if (isRefusal(found)) return found
  const { snapshot } = found
  const gone = await unreadableFiles(lake, key, [...snapshot.files.values()])
  if (gone) return refused(`version ${consumed.version} of ${key}, its input, cannot be read: ${gone.description}`)
  return { kind: 'rebuilt', table: await tableOf(lake, key, snapshot) }
}

/** Reads all files again if they are still the files that the source was read from. */
export async function rebuildSource(
  context: RebuildContext,
  asset: ResolvedSource,
  observed: NonNullable<Observation['source']>,
): Promise<Result<Rebuilt>> {
  const { files, table, changes, manifest, lostManifest } = observed
  if (lostManifest !== undefined)
    return refused(`the list of the files that it was read from is lost (${lostManifest})`)
  const changed = changes.added.length + changes.changed.length + changes.removed.length
  if (changed > 0) {
    const files = changed === 1 ? '1 file was' : `${changed} files were`
    return refused(`${files} added, changed or removed since it was read: it is stale, so it cannot be verified`)
  }
  const engine = await context.engine()
  const result = await engine.ingest({
    ...{ source: asset, storage: context.storages.source(asset.key), table, files: files.list(), listed: files },
    rewritten: { columns: asset.columns, files: [] },
    replacedPaths: [],
    ...{ directory: context.directory, signal: context.signal, progress: () => undefined },
  })
  if (!result.read.every((file) => manifest.holds(file)))
    return refused('its files changed while they were being read again')
  return rebuilt(asset, result.files)
}

function rebuilt({ columns }: ResolvedTable | ResolvedSource, files: readonly WrittenFile[]): Rebuilt {
  return { kind: 'rebuilt', table: { columns, files: files.map(({ location }) => location) } }
}
