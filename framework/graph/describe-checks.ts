/** Describes the checks of an asset. */
import { type HistoryCheck, historyChecksOf } from '../declare/checks.ts'
import { refinementsOf, refinementWords } from '../declare/refinements.ts'
import type { Reference, ResolvedAsset } from './resolved-asset.ts'

/** The check of a table that is declared `oneRow`. */
export const ONE_ROW = 'has exactly one row'

/**
 * Describes what must hold before the asset is published, with the text that reports a failed
 * check. Lakes store these texts, so a changed text counts as a new check.
 */
export function describeChecks(asset: ResolvedAsset): readonly string[] {
  const columns = asset.columns.flatMap((column) =>
    refinementsOf(column).refinements.map((refinement) => `${column.name} ${refinementWords(refinement)}`),
  )
  switch (asset.kind) {
    case 'source':
      return [...columns, `at most ${asset.declared.maxRejected * 100} % of the lines are refused`]
    case 'table': {
      const key = asset.primaryKey.length > 0 ? [`${asset.primaryKey.join(', ')} is unique`] : []
      const row = asset.oneRow ? [ONE_ROW] : []
      const references = asset.references.map((reference) => referenceWords(reference, reference.asset))
      const own = asset.declared.checks.flatMap((check) =>
        check.kind === 'sql' ? [`${check.name}: ${check.predicate}${severityWords(check.severity)}`] : [],
      )
      const compared = historyChecksOf(asset.declared).map(historyCheckWords)
      return [...key, ...row, ...columns, ...references, ...own, ...compared]
    }
  }
}

/** Describes a check against earlier versions: `row count within 50 % of the last 5 versions`. */
export function historyCheckWords({ tolerance, versions, severity, ...check }: HistoryCheck): string {
  const before = versions === 1 ? 'the version before' : `the last ${versions} versions`
  const percent = Number((100 * tolerance).toFixed(2))
  switch (check.kind) {
    case 'row-count':
      return `row count within ${percent} % of ${before}${severityWords(severity)}`
    case 'null-share':
      return `share of nulls in ${check.column} within ${percent} points of ${before}${severityWords(severity)}`
  }
}

/** Describes a check that values occur in `other`. */
export const referenceWords = ({ column, severity }: Reference, other: string): string =>
  `${column} stands in ${other}${severityWords(severity)}`

const severityWords = (severity: 'error' | 'warn'): string => (severity === 'warn' ? ' (else a warning)' : '')

/**
 * Whether the description is that of the check with this name: it begins with the name, followed by
 * the predicate or the severity.
 */
export const describes = (description: string, check: string): boolean =>
  description === check || description.startsWith(`${check}: `) || description.startsWith(`${check} (`)
