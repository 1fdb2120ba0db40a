import { type ErrorCode, LakeError } from '../errors.ts'

/** An error as it stands in events and documents. */
export interface ErrorReport {
  readonly code: ErrorCode | 'bug'
  readonly message: string
  /** What to do about it; in the message too. */
  readonly remedy?: string
  readonly asset?: string
  readonly details?: unknown
}

/** An error as data. What is not a LakeError is a bug, and keeps its stack. */
export function reportError(error: unknown, asset?: string): ErrorReport {
  if (error instanceof LakeError) {
    const about = error.asset ?? asset
    return {
      code: error.code,
      message: error.message,
      ...(error.remedy !== undefined && { remedy: error.remedy }),
      ...(about !== undefined && { asset: about }),
      ...(error.details !== undefined && { details: error.details }),
    }
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'bug', message, ...(asset !== undefined && { asset }) }
}
