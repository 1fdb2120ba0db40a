/** Reads the details of errors and warnings, which can come from another version of lake. */
import * as z from 'zod'

/** A check that fails for rows of a table. */
export interface FailedCheck {
  readonly check: string
  readonly severity: 'error' | 'warn'
  readonly rows: number
  /** Says why it fails, if not because of single rows. */
  readonly explanation?: string
}

export const failedCheckSchema = z.object({
  ...{ check: z.string(), severity: z.enum(['error', 'warn']), rows: z.number() },
  explanation: z.string().exactOptional(),
})

/** No failed check is dropped because its severity is missing or unknown. */
const toldCheckSchema = failedCheckSchema.extend({ severity: failedCheckSchema.shape.severity.catch('error') })

/**
 * The failed checks in the details of a warning, which are one failed check, or of an error, which
 * are a list. Empty if the details say something else. An unknown severity counts as `error`.
 */
export function failedChecksIn(details: unknown): readonly FailedCheck[] {
  return [details].flat().flatMap((detail) => toldCheckSchema.safeParse(detail).data ?? [])
}

/** The failed checks that an error is about. */
export function failedChecksOf(
  error: { readonly code: string; readonly details?: unknown } | undefined,
): readonly FailedCheck[] {
  return error?.code === 'check-failed' ? failedChecksIn(error.details) : []
}

const rejectedSchema = z.object({ rejected: z.number() })

/** The number of refused lines in the details of `source-broken`; undefined if it is missing. */
export function rejectedIn(details: unknown): number | undefined {
  return rejectedSchema.safeParse(details).data?.rejected
}
