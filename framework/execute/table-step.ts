import { readSnapshot } from '../delta/snapshot.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import { restrictFingerprint } from '../observe/fingerprint.ts'
import type { InputVersion } from '../observe/provenance.ts'
import type { BuildResult, CheckFailure } from './engine.ts'
import { lostFilesError } from './lost-files.ts'
import { type PinnedTable, pinTable } from './pinned-table.ts'
import { type Published, publish } from './publish.ts'
import type { StepContext } from './step-context.ts'

/**
 * Rebuilds a table from its upstreams as they stand, checks the rows and publishes them. The versions that are read are pinned
 * before anything runs, and exactly those are recorded. Throws `check-failed`, with nothing published, where a check of severity
 * error finds rows.
 */
export async function buildTable(context: StepContext, asset: ResolvedTable): Promise<Published> {
  const { lake, graph, engine, directory, signal } = context
  const base = await readSnapshot(lake, asset.key)
  const pins = new Map<string, PinnedTable>()
  for (const key of upstreamKeys(asset)) pins.set(key, await pinTable(lake, graph.get(key), asset.key))
  const pinned = (key: string): PinnedTable => {
    const pin = pins.get(key)
    if (!pin) throw new Error(`${key} was not pinned for ${asset.key}`)
    return pin
  }
  const referenced = referencedKeys(asset)
  const building = engine.build({
    asset,
    inputs: new Map(asset.upstream.map(({ alias, key }) => [alias, pinned(key).input])),
    referenced: new Map(referenced.map((key) => [key, pinned(key).input])),
    directory,
    signal,
  })
  const result = await building.catch(async (error) => {
    throw (await lostFilesError(lake, filesOf(pins), error)) ?? error
  })
  signal.throwIfAborted()
  applyChecks(context, asset, result)
  return publish(context, {
    asset,
    base,
    replaced: base ? [...base.files.values()] : [],
    written: result.files,
    provenance: { runId: context.runId, engine: engine.name, code: asset.code, inputs: inputVersions(asset, pinned) },
  })
}

function filesOf(pins: ReadonlyMap<string, PinnedTable>): ReadonlyMap<string, PinnedTable['files']> {
  return new Map([...pins].map(([key, { files }]) => [key, files]))
}

function upstreamKeys(asset: ResolvedTable): ReadonlySet<string> {
  return new Set([...asset.upstream.map(({ key }) => key), ...referencedKeys(asset)])
}

/** A table that refers to itself is checked against its new rows. */
function referencedKeys(asset: ResolvedTable): readonly string[] {
  return asset.references.map(({ asset: key }) => key).filter((key) => key !== asset.key)
}

function inputVersions(
  asset: ResolvedTable,
  pinned: (key: string) => PinnedTable,
): Readonly<Record<string, InputVersion>> {
  const columns = new Map<string, string[]>()
  for (const use of asset.upstream) columns.set(use.key, [...(columns.get(use.key) ?? []), ...use.columns])
  return Object.fromEntries(
    [...columns].map(([key, names]) => {
      const { version, provenance } = pinned(key).state
      return [key, { version, content: restrictFingerprint(provenance.content, names) }]
    }),
  )
}

function applyChecks(context: StepContext, asset: ResolvedTable, { checks }: BuildResult): void {
  for (const failure of checks) if (failure.severity === 'warn') context.warn(failure)
  const errors = checks.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  throw new LakeError(
    'check-failed',
    `${errors.map((failure) => describeFailure(asset.key, failure)).join('\n')}\nNothing was published.`,
    { asset: asset.key, details: errors },
  )
}

/** `songplays: 3 rows are not right: song_id stands in songs`, and some of the rows. */
export function describeFailure(key: string, { check, rows, sample }: CheckFailure): string {
  const shown = sample.map((row) => `\n  ${JSON.stringify(row)}`).join('')
  return `${key}: the check "${check}" fails for ${rows} ${rows === 1 ? 'row' : 'rows'}, such as${shown}`
}
