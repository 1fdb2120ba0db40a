/** Records which checks a table's rows have passed, and compares them with the declared checks. */
import { describeChecks } from '../../graph/describe-checks.ts'
import type { ResolvedAsset } from '../../graph/resolved-asset.ts'
import type { TableState } from '../observation.ts'
import type { CheckedRows, CheckWarning } from '../provenance.ts'

/**
 * Descriptions of the checks that the current rows have not passed, because they are new or
 * stricter than before.
 */
export function uncheckedBy(asset: ResolvedAsset, state: TableState | undefined): readonly string[] {
  if (asset.kind === 'source' || !state) return []
  const { checked, code } = state.provenance
  if (!checked) return code.checks === undefined || code.checks === asset.code.checks ? [] : describeChecks(asset)
  const passed = new Set(checked.passed)
  return describeChecks(asset).filter((description) => !passed.has(description))
}

/**
 * The record after a run checked rows. `current` is the record of the rows that it did not check;
 * undefined if it checked all.
 */
export function checkedRows(
  asset: ResolvedAsset,
  warnings: readonly CheckWarning[],
  current: CheckedRows | undefined,
): CheckedRows {
  const passed = describeChecks(asset)
  // Each run compares all rows with the earlier versions. So its result replaces the earlier
  // result.
  const still = (current?.warnings ?? []).filter(({ explanation }) => explanation === undefined)
  const merged = new Map(still.map((warning) => [warning.check, warning]))
  for (const warning of warnings) {
    merged.set(warning.check, { ...warning, rows: (merged.get(warning.check)?.rows ?? 0) + warning.rows })
  }
  return { passed, warnings: [...merged.values()] }
}
