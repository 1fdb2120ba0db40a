import { LakeError } from '../errors.ts'
import type { BuildResult, CheckFailure } from '../execute/engine.ts'
import type { StepContext } from '../execute/step-context.ts'
import { ONE_ROW } from '../graph/describe-checks.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import type { StandingWarning } from '../observe/provenance.ts'
import { valueText } from './json-value.ts'

/** Tells of warnings. Throws `check-failed` where a check of severity error found rows. */
export function applyChecks(
  context: StepContext,
  { key }: ResolvedTable,
  { checks }: Pick<BuildResult, 'checks'>,
): void {
  for (const failure of checks) if (failure.severity === 'warn') context.warn(failure)
  const errors = checks.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const message = `${describeFailures(key, errors)}\nNothing was published. ${REMEDY}`
  throw new LakeError('check-failed', message, { asset: key, remedy: REMEDY, details: errors })
}

const REMEDY = 'Mend the rows where they come from, or the query or the check, and run lake materialize.'

/** Those of severity `warn`, as they are recorded with the rows. */
export const warningsOf = (checks: readonly CheckFailure[]): readonly StandingWarning[] =>
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
