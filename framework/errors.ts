/** Declares the errors that are no bugs: their codes, their class, their exit statuses. */

/** Programs can switch on these codes, but never on a message. */
export type ErrorCode =
  | 'usage'
  | 'config'
  | 'definition'
  | 'unknown-asset'
  | 'source-missing'
  | 'source-empty'
  | 'source-broken'
  | 'source-changed'
  | 'storage'
  | 'corrupt-table'
  | 'commit-conflict'
  | 'newer-code'
  | 'query-failed'
  | 'engine-failed'
  | 'check-failed'
  | 'upstream-missing'
  | 'held'
  | 'interrupted'

export interface ErrorInfo {
  readonly asset?: string
  /** The part of the message that says what to do next, as a field for programs. */
  readonly remedy?: string
  readonly details?: unknown
  readonly cause?: unknown
}

/**
 * A failure that is no bug. Its message says what happened, to which asset or file, and what to do
 * next.
 */
export class LakeError extends Error {
  readonly code: ErrorCode
  readonly asset: string | undefined
  readonly remedy: string | undefined
  readonly details: unknown

  constructor(code: ErrorCode, message: string, info: ErrorInfo = {}) {
    super(message, { cause: info.cause })
    this.name = 'LakeError'
    this.code = code
    this.asset = info.asset
    this.remedy = info.remedy
    this.details = info.details
  }
}

/**
 * 1: something failed. 2: bad usage, config or definition. 3: another run holds what is needed.
 * 130: interrupted.
 */
export function exitStatus(code: ErrorCode): 1 | 2 | 3 | 130 {
  switch (code) {
    case 'usage':
    case 'config':
    case 'definition':
    case 'unknown-asset':
    case 'source-missing':
      return 2
    case 'held':
      return 3
    case 'interrupted':
      return 130
    case 'source-empty':
    case 'source-broken':
    case 'source-changed':
    case 'storage':
    case 'corrupt-table':
    case 'commit-conflict':
    case 'newer-code':
    case 'query-failed':
    case 'engine-failed':
    case 'check-failed':
    case 'upstream-missing':
      return 1
  }
}
