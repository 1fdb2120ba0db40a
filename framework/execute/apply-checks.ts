import type { BuildResult } from '../engine/build.ts'
import { describeFailures } from '../engine/check-failure.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import type { StepContext } from './step-context.ts'

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
