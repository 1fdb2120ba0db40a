/** What is known of a failure of the SDK; nothing else of it is looked at, for it may hold credentials. */
export interface S3Failure {
  /** The code of S3 or of the system call, or the name of the SDK's own error. */
  readonly code: string
  readonly message: string
  /** Undefined where no answer came. */
  readonly status: number | undefined
  /** S3 asks to wait, or is not well. */
  readonly busy: boolean
  /** The connection broke, in the midst of an answer perhaps, or the answer was cut short. */
  readonly broken: boolean
  /** How often the SDK has tried. */
  readonly attempts: number
  readonly requestId: string | undefined
  /** The region that the answer names, where it names one. */
  readonly region: string | undefined
}

export const CHECKSUM_MISMATCH = 'ChecksumMismatch'

/** Failures of a body's stream, for which the SDK has no names. */
const TOLD_BY_MESSAGE = [
  { begins: 'Checksum mismatch', code: CHECKSUM_MISMATCH },
  { begins: 'Connection lost or stream closed before', code: 'TruncatedBody' },
]

export function failureOf(error: unknown): S3Failure {
  const { name, code, message = String(error), $metadata = {}, $response } = (error ?? {}) as SdkError
  const label = TOLD_BY_MESSAGE.find(({ begins }) => message.startsWith(begins))?.code ?? code ?? name ?? 'Error'
  const status = $metadata.httpStatusCode
  return {
    code: label,
    message,
    status,
    busy: label === 'SlowDown' || status === 429 || (status !== undefined && status >= 500 && status !== 501),
    broken: status === undefined && BROKEN.includes(label),
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
/** Whether an answer that broke off under way, or is not what its checksum says, is asked for once more after so many attempts. */
export function mayComeWhole(code: unknown, attempts: number): boolean {
  return code === CHECKSUM_MISMATCH ? attempts < 2 : BROKEN.includes(String(code))
}

const ENOUGH_ATTEMPTS = 8

/**
 * A failure that passes, and that the SDK has given up early: its budget of retries is for the whole client, so that many requests which
 * fail together use it up.
 */
export function isUndertried(error: unknown): boolean {
  const { attempts, broken, busy } = failureOf(error)
  return attempts < ENOUGH_ATTEMPTS && (broken || busy)
}
