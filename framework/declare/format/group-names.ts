/** Finds the named groups of a regular expression. */
import type { TextLinesFormat } from './file-format.ts'

/** In the order of the pattern. Undefined if it is not a regular expression. */
export function groupNames({
  pattern,
  flags,
}: Pick<TextLinesFormat, 'pattern' | 'flags'>): readonly string[] | undefined {
  try {
    // Matches the empty text, and then has all groups.
    const match = new RegExp(`(?:${pattern})|`, flags).exec('')
    return Object.keys(match?.groups ?? {})
  } catch {
    return undefined
  }
}
