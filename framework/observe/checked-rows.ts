/** Whether the rows that stand have passed the checks as they are declared now. */
import { describeChecks } from '../graph/describe-checks.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { TableState } from './observation.ts'
import type { CheckedRows, CheckWarning } from './provenance.ts'

/** The checks, in words, that the current rows have not passed: they are new, or stricter than before. */
export function uncheckedBy(asset: ResolvedAsset, state: TableState | undefined): readonly string[] {
  if (asset.kind === 'source' || !state) return []
  const { checked, code } = state.provenance
  if (!checked) return code.checks === undefined || code.checks === asset.code.checks ? [] : describeChecks(asset)
  const passed = new Set(checked.passed)
  return describeChecks(asset).filter((words) => !passed.has(words))
}

/** What is recorded of rows that were all checked, or of those that came; the others keep what was known of them. */
export function checkedRows(
  asset: ResolvedAsset,
  warnings: readonly CheckWarning[],
  current: CheckedRows | undefined,
): CheckedRows {
  const rows = new Map((current?.warnings ?? []).map((warning) => [warning.check, warning.rows]))
  for (const warning of warnings) rows.set(warning.check, (rows.get(warning.check) ?? 0) + warning.rows)
  return { passed: describeChecks(asset), warnings: [...rows].map(([check, count]) => ({ check, rows: count })) }
}
