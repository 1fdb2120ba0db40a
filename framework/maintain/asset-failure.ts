/**
 * Turns an error of one asset into a report, so that a command can continue with the next asset.
 */
import { LakeError } from '../errors.ts'
import { type ErrorReport, reportError } from '../run/error-report.ts'
import { interrupted } from '../run/interrupted.ts'

/** Throws `interrupted` if the command was stopped, and rethrows a bug. */
export function assetFailure(key: string, error: unknown, signal: AbortSignal): ErrorReport {
  if (signal.aborted) throw interrupted('Nothing was changed.')
  if (!(error instanceof LakeError)) throw error
  return reportError(error, key)
}
