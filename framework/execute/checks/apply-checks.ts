/** Decides what failed checks mean for a step: a warning, or an error that stops it. */
import type { BuildResult } from '../../engine/build-request.ts'
import { describeFailures } from '../../engine/check-failure.ts'
import { LakeError } from '../../errors.ts'
import type { ResolvedTable } from '../../graph/resolved-asset.ts'
import type { StepContext } from '../step-context.ts'

/** Reports each warning. Throws `check-failed` if a check of severity `error` found rows. */
export function applyChecks(
  context: StepContext,
  { key }: ResolvedTable,
  { checks }: Pick<BuildResult, 'checks'>,
): void {
  for (const failure of checks) if (failure.severity === 'warn') context.warn(failure)
  const errors = checks.filter(({ severity }) => severity === 'error')
  if (errors.length === 0) return
  const problem = `${describeFailures(key, errors)}\nNothing was published`
  throw new LakeError('check-failed', { problem, remedy: REMEDY, asset: key, details: errors })
}

const REMEDY = 'Correct the source rows, the query or the check, and run `lake materialize`.'
