/** Derives the name of a column from a key. */
import { COLUMN_NAME } from '../declare/columns.ts'

/** Characters of a name that leave room for a number. */
const MAX_LENGTH = 90

/** In an object literal, `__proto__` is the prototype, so no declaration can have it as a name. */
export const canName = (key: string): boolean => COLUMN_NAME.test(key) && key !== '__proto__'

/**
 * The key itself, if it can name a column and no other column has the name. Otherwise a similar
 * name: `user-agent` gives `user_agent`. `taken` are names in lower case.
 */
export function columnName(key: string, taken: ReadonlySet<string>): string {
  const name = canName(key) ? key : similarName(key)
  if (!taken.has(name.toLowerCase())) return name
  const start = name.slice(0, MAX_LENGTH).replace(/[\ud800-\udbff]$/, '')
  for (let number = 2; ; number++) {
    const numbered = `${start}_${number}`
    if (!taken.has(numbered.toLowerCase())) return numbered
  }
}

function similarName(key: string): string {
  const words = key.replaceAll(/[^\p{L}\p{N}_]+/gu, '_').replace(/^_+(?=.)|_+$/gu, '')
  const name = /^\p{N}/u.test(words) ? `_${words}` : words
  const short = [...name].slice(0, MAX_LENGTH).join('')
  return COLUMN_NAME.test(short) ? short : 'key'
}
