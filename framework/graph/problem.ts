/** Declares a mistake in a project, with its remedy. */
/** A mistake in a declaration. Loading a project reports all of them at once. */
export interface Problem {
  readonly asset: string
  readonly file: string | undefined
  readonly message: string
  readonly remedy: string
}

/** Collects the problems of one asset. */
export type Report = (message: string, remedy: string) => void

export function compareProblems(left: Problem, right: Problem): number {
  return compareText(left.asset, right.asset) || compareText(left.message, right.message)
}

const compareText = (left: string, right: string) => (left < right ? -1 : left > right ? 1 : 0)
