/** Classifies a failed call to EMR by its effect. */
import { messageOf } from '../../../../errors.ts'

/**
 * The effect of a failed call. `throttled`: none. `unclear`: the answer was lost or the service
 * failed, so there can be an effect. `refused`: none, and the same call would be refused again.
 */
export type CallFailure = 'throttled' | 'unclear' | 'refused'

interface SdkError {
  readonly name?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $retryable?: { readonly throttling?: boolean }
}

const THROTTLING = /^(Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|LimitExceeded)/
/** Errors that the SDK throws before it sends anything. */
const NEVER_SENT = /^(CredentialsProviderError|TokenProviderError)$/

export function callFailure(error: unknown): CallFailure {
  const { name = '', message = '', $metadata, $retryable } = (error ?? {}) as SdkError
  const status = $metadata?.httpStatusCode
  if (THROTTLING.test(name) || $retryable?.throttling || status === 429) return 'throttled'
  if (NEVER_SENT.test(name) || message.startsWith('Region is missing')) return 'refused'
  return status === undefined || status >= 500 || status < 400 ? 'unclear' : 'refused'
}

export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'Error'
}

export function errorText(error: unknown): string {
  const text = messageOf(error)
  return text === '' ? errorName(error) : text
}
