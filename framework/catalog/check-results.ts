/** Derives the results of an asset's checks over its versions and past runs. */
import { describeChecks, describes } from '../graph/describe-checks.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { Provenance } from '../observe/provenance.ts'
import type { AssetStatus } from '../report/status.ts'
import { failedChecksOf } from '../run/error-details.ts'
import type { StepFinished } from '../run/events.ts'
import type { CheckDocument, CheckResultDocument, CheckState } from './catalog-document.ts'
import type { KnownVersion } from './lake-facts.ts'

interface CheckedAsset {
  readonly asset: ResolvedAsset
  readonly status: AssetStatus
  /** In any order. */
  readonly history: readonly KnownVersion[]
  /** The steps of past runs for this asset. */
  readonly steps: readonly StepFinished[]
}

/**
 * Returns the declared checks, and the checks that a run failed without a declaration, such as that
 * a column is not null. Pure.
 */
export function checkDocuments({ asset, status, history, steps }: CheckedAsset): readonly CheckDocument[] {
  const declared = describeChecks(asset)
  const failures = steps.flatMap(failedChecks)
  const others = new Set(
    failures.flatMap(({ check }) => (declared.some((one) => describes(one, check)) ? [] : [check])),
  )
  return [...declared, ...others].map((check) => {
    const published = history.flatMap((entry) => publishedResult(check, asset, entry))
    const refused = failures.filter((one) => describes(check, one.check)).map(({ check: _, ...result }) => result)
    const results = [...published, ...refused].toSorted((left, right) => (left.at < right.at ? -1 : 1))
    return { check, state: others.has(check) ? 'not run' : currentState(check, status), results }
  })
}

function publishedResult(check: string, asset: ResolvedAsset, entry: KnownVersion): readonly CheckResultDocument[] {
  const found = entry.provenance && resultIn(entry.provenance, check, asset)
  if (!found) return []
  return [{ at: new Date(entry.timestamp).toISOString(), version: entry.version, ...found }]
}

function resultIn(
  { checked, source }: Provenance,
  check: string,
  asset: ResolvedAsset,
): Pick<CheckResultDocument, 'state' | 'rows'> | undefined {
  // A line that fails a check of a source is refused, so the source's rows have passed all of them.
  if (asset.kind === 'source') return source && { state: 'passed', rows: isOfLines(check) ? source.rejected : 0 }
  const warning = checked?.warnings.find((one) => describes(check, one.check))
  if (warning) return { state: 'warned', rows: warning.rows }
  return checked?.passed.includes(check) ? { state: 'passed', rows: 0 } : undefined
}

/** Whether the check of a source is about its lines, and not about one column. */
const isOfLines = (check: string): boolean => check.endsWith(' of the lines are refused')

type FailedResult = CheckResultDocument & { readonly check: string }

/** The checks that failed in a step that published nothing. */
function failedChecks({ at, error }: StepFinished): readonly FailedResult[] {
  return failedChecksOf(error)
    .filter(({ severity }) => severity === 'error')
    .map(({ check, rows }) => ({ check, at, version: null, state: 'failed', rows }))
}

function currentState(check: string, { version, checks, unchecked }: AssetStatus): CheckState {
  const failed = checks.find((one) => describes(check, one.check))
  if (failed) return failed.severity === 'warn' ? 'warned' : 'failed'
  return version === null || unchecked.includes(check) ? 'not run' : 'passed'
}
