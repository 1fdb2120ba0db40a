/**
 * Compares a full refresh with the version that it replaces, as a proof of the refreshes before it.
 */
import type { Snapshot } from '../../delta/snapshot.ts'
import type { CheckFailure } from '../../engine/check-failure.ts'
import type { Comparison } from '../../engine/compare.ts'
import type { WrittenFile } from '../../engine/data-file.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import { compareContent, sumFingerprints } from '../../observe/fingerprint.ts'
import type { TableState } from '../../observe/observation.ts'
import type { InputVersion } from '../../observe/provenance.ts'
import type { NewContent } from '../../publish/publish.ts'
import { emptyContent } from '../../tables/file-fingerprints.ts'
import { tableOf } from '../../tables/table-version.ts'
import type { StepContext } from '../step-context.ts'

/** The rebuilt rows, and the version that they replace. */
interface ReplacedVersion {
  readonly before: TableState | undefined
  /** The versions that the rebuild has read. */
  readonly inputs: Readonly<Record<string, InputVersion>>
  /** All files of the rebuild. */
  readonly built: readonly WrittenFile[]
  /** The part of the rebuild that is left to publish. */
  readonly content: Pick<NewContent, 'base' | 'written' | 'replaced'>
}

/** Maximum number of rows of each kind of difference in a sample. */
const SAMPLED = 5

/**
 * How the replaced version differs from the rebuilt rows, although it has the same code and the
 * same content of upstreams. Undefined if it does not differ, or if that is unknown. Compares only
 * if the user asked for a full refresh. Reads rows only if files are replaced.
 */
export async function checkRefresh(
  context: StepContext,
  asset: ResolvedTable,
  replaced: ReplacedVersion,
): Promise<CheckFailure | undefined> {
  const { before, inputs, built, content } = replaced
  const { base, written } = content
  if (!context.distrusting || !before || base?.version !== before.version) return undefined
  if (written.length + content.replaced.length === 0 || !isSameWork(asset, before, inputs)) return undefined
  const comparison = await compared(context, asset, base, built)
  if (comparison ? isEqual(comparison) : !differs(asset, before, built)) return undefined
  return {
    ...{ check: 'the rows are those of a full refresh', severity: 'warn' },
    rows: comparison ? comparison.removed + comparison.added + comparison.changed : 0,
    sample: comparison?.sample.map((difference) => ({ ...difference })) ?? [],
    explanation: explained(asset.key, before.version, comparison),
  }
}

const isEqual = ({ removed, added, changed }: Comparison): boolean => removed + added + changed === 0

/** Whether the version was made by the same code from the same content. */
function isSameWork(asset: ResolvedTable, { provenance }: TableState, inputs: ReplacedVersion['inputs']): boolean {
  if (provenance.code.version !== asset.code.version) return false
  const [recorded, current] = [provenance.inputs, inputs].map((each) => Object.keys(each).toSorted().join())
  if (recorded !== current) return false
  return Object.entries(inputs).every(([key, { content }]) => {
    const known = provenance.inputs[key]?.content
    return known !== undefined && compareContent(known, content, Object.keys(content.columns)).kind === 'none'
  })
}

/** Also false if another engine made the version, because its fingerprints cannot be compared. */
function differs(asset: ResolvedTable, { provenance }: TableState, built: readonly WrittenFile[]): boolean {
  const known = provenance.content
  const empty = emptyContent(asset, known.algorithm)
  const parts = built.map(({ fingerprint }) => fingerprint)
  const rebuilt = sumFingerprints(empty, parts)
  return rebuilt !== undefined && compareContent(known, rebuilt, Object.keys(empty.columns)).kind !== 'none'
}

/** Undefined if the engine compares no rows, or if a file of the version cannot be read. */
async function compared(
  { lake, engine, signal }: StepContext,
  { key, columns, primaryKey }: ResolvedTable,
  base: Snapshot,
  built: readonly WrittenFile[],
): Promise<Comparison | undefined> {
  const rebuilt = { columns, files: built.map(({ location }) => location) }
  const before = await tableOf(lake, key, base)
  const request = { columns, key: primaryKey, before, after: rebuilt, limit: SAMPLED, signal }
  return engine.compare?.(request).catch(() => {
    signal.throwIfAborted()
    return undefined
  })
}

function explained(key: string, version: number, comparison: Comparison | undefined): string {
  const counts = comparison && Object.entries(countsOf(comparison)).filter(([, count]) => count > 0)
  const how = counts
    ? counts.map(([what, count]) => `${count} ${count === 1 ? 'row' : 'rows'} ${what}`).join(', ')
    : 'its rows differ'
  const problem = `version ${version} was made by the same code from the same upstreams, and is not what they give`
  return `${problem}: ${how}. The rebuilt rows replace it; \`lake diff ${key} ${version} ${version + 1}\` shows them`
}

/** Counts what was wrong with the version. Its rows are the old side of the comparison. */
const countsOf = ({ removed, added, changed }: Comparison): Readonly<Record<string, number>> => ({
  'too many': removed,
  missing: added,
  'with other values': changed,
})
