/** Prints the assets that a plan leaves out. */
import type { LeftOut } from '../../execute/planning/left-out.ts'
import { printable } from '../../text/printable.ts'

/** Writes why each table cannot be read, and which assets are skipped because of it. */
export function leftOutText({ unreadable, dependent }: LeftOut): string {
  const problems = [...unreadable.values()].map(({ message }) => printable(message))
  const skipped = dependent.size > 0 ? [`Left out, because they depend on it: ${[...dependent.keys()].join(', ')}`] : []
  return [...problems, ...skipped].join('\n')
}
