/** Declares the errors that are not bugs: their codes, their class, their exit statuses. */

/** Programs can switch on these codes, but never on a message. */
export type ErrorCode =
  | 'usage'
  | 'config'
  | 'definition'
  | 'unknown-asset'
  | 'source-missing'
  | 'source-empty'
  | 'source-broken'
  | 'source-unreadable'
  | 'source-changed'
  | 'rows-failed'
  | 'storage'
  | 'corrupt-table'
  | 'commit-conflict'
  | 'newer-code'
  | 'query-failed'
  | 'engine-failed'
  | 'check-failed'
  | 'timed-out'
  | 'upstream-missing'
  | 'held'
  | 'interrupted'

/** The parts of the message, and data for programs. */
export interface ErrorParts {
  /** What happened, to which asset or file. Without a full stop at its end. */
  readonly problem: string
  /** What to do next, in sentences. */
  readonly remedy?: string | undefined
  /** The text for people, if it is laid out differently than problem and remedy in a line. */
  readonly message?: string
  readonly asset?: string | undefined
  readonly details?: unknown
  readonly cause?: unknown
  /** See `LakeError.transient`. */
  readonly transient?: boolean
}

/** A failure that is not a bug. Its message is the problem, and then the remedy. */
export class LakeError extends Error {
  readonly code: ErrorCode
  readonly problem: string
  readonly remedy: string | undefined
  readonly asset: string | undefined
  readonly details: unknown
  /**
   * Whether the same work can succeed if it is tried again: a connection broke, a service was
   * overloaded, a machine was lost, an attempt took too long.
   */
  readonly transient: boolean

  constructor(code: ErrorCode, { problem, remedy, message, asset, details, cause, transient = false }: ErrorParts) {
    super(message ?? (remedy === undefined ? problem : `${problem}. ${remedy}`), { cause })
    this.name = 'LakeError'
    this.code = code
    this.problem = problem
    this.remedy = remedy
    this.asset = asset
    this.details = details
    this.transient = transient
  }

  /**
   * A copy with other parts. Its message is the problem, and then the remedy, even if this error
   * lays them out differently.
   */
  with(parts: Partial<ErrorParts>): LakeError {
    const { code, problem, remedy, asset, details, cause, transient } = this
    return new LakeError(code, { problem, remedy, asset, details, cause, transient, ...parts })
  }
}

/**
 * One error with all problems and remedies. The first error gives the code, and so the exit status,
 * the asset and the details. Undefined if there are no errors.
 */
export function asOneError(errors: readonly LakeError[]): LakeError | undefined {
  const [first, ...others] = errors
  if (!first || others.length === 0) return first
  const remedies = new Set(errors.flatMap(({ remedy }) => remedy ?? []))
  return first.with({
    problem: errors.map(({ problem }) => problem).join('\n'),
    remedy: remedies.size > 0 ? [...remedies].join('\n') : undefined,
    cause: first,
    transient: errors.every(({ transient }) => transient),
  })
}

/** Whether the error says that a table, or a document of it, is damaged or not lake's own. */
export const isCorruptTable = (error: unknown): error is LakeError =>
  error instanceof LakeError && error.code === 'corrupt-table'

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
    case 'source-unreadable':
    case 'source-changed':
    case 'rows-failed':
    case 'storage':
    case 'corrupt-table':
    case 'commit-conflict':
    case 'newer-code':
    case 'query-failed':
    case 'engine-failed':
    case 'check-failed':
    case 'timed-out':
    case 'upstream-missing':
      return 1
  }
}

/** The text of any thrown value. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
