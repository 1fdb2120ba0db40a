import { ONE_ROW } from '../graph/describe-checks.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import type { CheckWarning } from '../observe/provenance.ts'
import { valueText } from './json-value.ts'

/** Those of severity `warn`, as they are recorded with the rows. */
export const warningsOf = (checks: readonly CheckFailure[]): readonly CheckWarning[] =>
  checks.flatMap(({ check, severity, rows }) => (severity === 'warn' ? [{ check, rows }] : []))

/** Rows are counted as files are written, so that no engine is asked. */
export const rowCountFailures = ({ oneRow }: ResolvedTable, rows: number): readonly CheckFailure[] =>
  oneRow && rows !== 1 ? [{ check: ONE_ROW, severity: 'error', rows, sample: [] }] : []

export const describeFailures = (key: string, failures: readonly CheckFailure[]): string =>
  failures.map((failure) => describeFailure(key, failure)).join('\n')

/** `songplays: 3 rows are not right: song_id stands in songs`, and some of the rows. */
export function describeFailure(key: string, { check, rows, sample }: CheckFailure): string {
  const counted = `${rows} ${rows === 1 ? 'row' : 'rows'}`
  if (sample.length === 0) return `${key}: the check "${check}" fails: there are ${counted}`
  const shown = sample.map((row) => `\n  ${shortened(valueText(row))}`).join('')
  return `${key}: the check "${check}" fails for ${counted}, such as${shown}`
}

/** Wide rows would push what is wrong with them off the screen; the details of the error have them whole. */
const ROW_SHOWN = 240

const shortened = (row: string): string => (row.length <= ROW_SHOWN ? row : `${row.slice(0, ROW_SHOWN)}…`)

/** A check that rows of the new content do not pass. */
export interface CheckFailure {
  readonly check: string
  readonly severity: 'error' | 'warn'
  readonly rows: number
  /** Some of the offending rows, with values that JSON can hold. */
  readonly sample: readonly Readonly<Record<string, unknown>>[]
}
