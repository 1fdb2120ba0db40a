/** Names the column of a key. */
import { COLUMN_NAME } from '../declare/columns.ts'

/** Characters of a name that leave room for a number. */
const MAX_LENGTH = 90

/** An object literal takes `__proto__` for its prototype, so that no declaration can name it. */
export const canName = (key: string): boolean => COLUMN_NAME.test(key) && key !== '__proto__'

/**
 * The key itself, if it can name a column and no other column has the name; else the name that is
 * most like it: `user-agent` gives `user_agent`. `taken` are names in lower case.
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
