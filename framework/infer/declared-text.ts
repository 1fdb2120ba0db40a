/** Writes text of a source into its declaration, as a literal or in a comment. */
import { printableLine } from '../text/printable.ts'

/** Only printable characters are unescaped, so that the text cannot end the literal. */
export const typescriptText = (text: string): string =>
  `'${JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll("'", "\\'")
    .replaceAll(/[^\x20-\x7e\p{L}]/gu, (character) => escaped(character))}'`

const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')

/** Maximum length of a value or a name in a comment. */
const MAX_SHOWN = 60

/** A text in one line. U+2028 and U+2029 would end the comment. */
export function commentText(text: string): string {
  const line = printableLine(text).replaceAll(/[\u2028\u2029]/g, '\u240a')
  return line.length > MAX_SHOWN ? `${line.slice(0, MAX_SHOWN).replace(/[\ud800-\udbff]$/, '')}…` : line
}

/** Maximum number of keys in a list. */
const SOME = 5

/** Some keys, and how many more there are. */
export function commentKeys(keys: readonly string[]): string {
  const some = keys.slice(0, SOME).map(commentText).join(', ')
  return keys.length > SOME ? `${some} and ${keys.length - SOME} more` : some
}
