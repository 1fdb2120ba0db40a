/** Declares a failed check as an engine returns it, and writes its text. */
import { ONE_ROW } from '../graph/describe-checks.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import type { CheckWarning } from '../observe/provenance.ts'
import { valueText } from './json-value.ts'

/** The failures of severity `warn`, in the form that provenance records. */
export const warningsOf = (checks: readonly CheckFailure[]): readonly CheckWarning[] =>
  checks.flatMap(({ check, severity, rows, explanation }) =>
    severity === 'warn' ? [{ check, rows, ...(explanation !== undefined && { explanation }) }] : [],
  )

/** Needs no query, because rows are counted while files are written. */
export const rowCountFailures = ({ oneRow }: ResolvedTable, rows: number): readonly CheckFailure[] =>
  oneRow && rows !== 1 ? [{ check: ONE_ROW, severity: 'error', rows, sample: [] }] : []

export const describeFailures = (key: string, failures: readonly CheckFailure[]): string =>
  failures.map((failure) => describeFailure(key, failure)).join('\n')

/** `songplays: the check "song_id stands in songs" fails for 3 rows, such as`, and the sample. */
export function describeFailure(key: string, { check, rows, sample, explanation }: CheckFailure): string {
  if (explanation !== undefined) return `${key}: the check "${check}" fails: ${explanation}`
  const counted = `${rows} ${rows === 1 ? 'row' : 'rows'}`
  if (sample.length === 0) return `${key}: the check "${check}" fails: there are ${counted}`
  const shown = sample.map((row) => `\n  ${shortened(valueText(row))}`).join('')
  return `${key}: the check "${check}" fails for ${counted}, such as${shown}`
}

/** Maximum number of characters of a row in a message. The error's details have the full rows. */
const ROW_SHOWN = 240

const shortened = (row: string): string => (row.length <= ROW_SHOWN ? row : `${row.slice(0, ROW_SHOWN)}…`)

/** A check that fails for rows of a table. */
export interface CheckFailure {
  readonly check: string
  readonly severity: 'error' | 'warn'
  readonly rows: number
  /** The first failing rows in the order of the columns, with values that JSON can hold. */
  readonly sample: readonly Readonly<Record<string, unknown>>[]
  /** Says why it fails, if not because of single rows. */
  readonly explanation?: string
}
