/**
 * What can go wrong without being a bug. Each code is an identifier that programs may switch on; nothing may switch on a message.
 * The exit status of each is in `exitStatus`.
 */
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
  /** The part of the message that says what to do next, for programs. */
  readonly remedy?: string
  readonly details?: unknown
  readonly cause?: unknown
}

/** An operational failure with a message for people: what happened, to which asset or file, and what to do next. */
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

/** Exit statuses of the Contract: 1 something failed, 2 bad usage or definition, 3 held by another run, 130 interrupted. */
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
