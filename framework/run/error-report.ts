/** Describes an error as data, for events and documents. */
import * as z from 'zod'
import { type ErrorCode, LakeError } from '../errors.ts'
import { redact } from '../text/redact.ts'

export interface ErrorReport {
  readonly code: ErrorCode | 'bug'
  readonly message: string
  /** What to do about it. The message contains it too. */
  readonly remedy?: string
  readonly asset?: string
  readonly details?: unknown
  /** Another attempt can succeed: see `LakeError.transient`. Missing if it cannot. */
  readonly transient?: true
}

/** An error as a lake stores it. Another version of lake can have other codes. */
export const errorReportSchema = z.object({
  code: z.string().regex(/^[a-z-]{1,40}$/) as unknown as z.ZodType<ErrorReport['code']>,
  message: z.string(),
  remedy: z.string().exactOptional(),
  asset: z.string().exactOptional(),
  details: z.unknown().optional(),
  transient: z.literal(true).exactOptional(),
})

/**
 * Returns an error as data, without secrets. Any error but a LakeError is a bug, and keeps its
 * stack.
 */
export function reportError(error: unknown, asset?: string): ErrorReport {
  if (error instanceof LakeError) {
    const about = error.asset ?? asset
    return {
      code: error.code,
      message: redact(error.message),
      ...(error.remedy !== undefined && { remedy: redact(error.remedy) }),
      ...(about !== undefined && { asset: about }),
      ...(error.details !== undefined && { details: error.details }),
      ...(error.transient && { transient: true as const }),
    }
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: 'bug', message: redact(message), ...(asset !== undefined && { asset }) }
}
