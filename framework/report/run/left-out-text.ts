/** What a plan says of the assets that it leaves out. */
import type { LeftOut } from '../../execute/left-out.ts'
import { printable } from '../../text/printable.ts'

/** Why each table cannot be read, and what is skipped for it. */
export function leftOutText({ unreadable, dependent }: LeftOut): string {
  const problems = [...unreadable.values()].map(({ message }) => printable(message))
  const skipped = dependent.size > 0 ? [`Left out, since they depend on it: ${[...dependent.keys()].join(', ')}`] : []
  return [...problems, ...skipped].join('\n')
}
