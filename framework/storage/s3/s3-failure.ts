/** Classifies failures of the AWS SDK without keeping parts that can contain credentials. */

/** The parts of an SDK failure that lake uses. */
export interface S3Failure {
  /** The code of S3 or of the system call, or the name of the SDK's own error. */
  readonly code: string
  readonly message: string
  /** HTTP status; undefined if no response came. */
  readonly status: number | undefined
  /** S3 asks to slow down, or has an internal error. */
  readonly busy: boolean
  /** The connection broke, or the response was cut short. */
  readonly broken: boolean
  /** S3 could not be reached, or other writers were in the way: a later attempt can succeed. */
  readonly hindered: boolean
  /** Number of attempts by the SDK. */
  readonly attempts: number
  readonly requestId: string | undefined
  /** The region of the bucket, if the response names it. */
  readonly region: string | undefined
}

export const CHECKSUM_MISMATCH = 'ChecksumMismatch'

/** Failures of a body's stream. The SDK has no code for them, only a message. */
const CODES_BY_MESSAGE = [
  { begins: 'Checksum mismatch', code: CHECKSUM_MISMATCH },
  { begins: 'Connection lost or stream closed before', code: 'TruncatedBody' },
]

export function failureOf(error: unknown): S3Failure {
  const { name, code, message = String(error), $metadata = {}, $response } = (error ?? {}) as SdkError
  const label = CODES_BY_MESSAGE.find(({ begins }) => message.startsWith(begins))?.code ?? code ?? name ?? 'Error'
  const status = $metadata.httpStatusCode
  return {
    code: label,
    message,
    status,
    busy: label === 'SlowDown' || status === 429 || (status !== undefined && status >= 500 && status !== 501),
    broken: status === undefined && BROKEN.includes(label),
    hindered: HINDERED.includes(label),
    attempts: $metadata.attempts ?? 1,
    requestId: $metadata.requestId,
    region: $response?.headers?.['x-amz-bucket-region'] ?? /expecting '([a-z0-9-]+)'/.exec(message)?.[1],
  }
}

interface SdkError {
  readonly name?: string
  readonly code?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number; readonly requestId?: string }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

const BROKEN = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ERR_STREAM_PREMATURE_CLOSE', 'TimeoutError', 'TruncatedBody']

const HINDERED = [
  ...['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'],
  ...['ConditionalRequestConflict', 'RequestTimeout'],
]

/** Whether another request can succeed after a response broke off or did not match its checksum. */
export function canComeIntact(code: string | undefined, attempts: number): boolean {
  return code === CHECKSUM_MISMATCH ? attempts < 2 : BROKEN.includes(code ?? '')
}

const MIN_ATTEMPTS = 8

/**
 * Whether the SDK gave up a transient failure early. All requests of the client share one budget of
 * retries, and many failures at the same time use it up.
 */
export function isRetryBudgetSpent(error: unknown): boolean {
  const { attempts, broken, busy } = failureOf(error)
  return attempts < MIN_ATTEMPTS && (broken || busy)
}
