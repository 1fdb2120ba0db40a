/** Whether the name of a file matches a source's pattern, in a time that does not explode with a name that somebody else has chosen. */
import picomatch from 'picomatch'

/** What means something besides `*` and `?`: classes, braces, groups, escapes, a negation. */
const SPECIAL = /[[\]{}()\\|+@^$!]/

/** With no more of them a regular expression takes at most the square of the name's length. */
const MOST_STARS = 2

/** A function that says whether a name, without a slash in it, matches the glob. */
export function nameMatcher(pattern: string): (name: string) => boolean {
  const compact = pattern.replace(/\*+/g, '*')
  const isSlow = compact.split('*').length > MOST_STARS + 1
  if (!isSlow || SPECIAL.test(pattern)) return picomatch(pattern, { dot: true })
  return (name) => name !== '' && matches(compact, name)
}

/**
 * By two positions and the last star: where the rest does not fit, that star takes one character more. picomatch makes a regular expression of the
 * pattern, for which `*a*a*a*a*b` and a name of 255 letters are the work of a minute.
 */
function matches(pattern: string, name: string): boolean {
  let [at, inName] = [0, 0]
  let [star, taken] = [-1, 0]
  while (inName < name.length) {
    const expected = pattern[at]
    if (expected === '*') {
      star = at++
      taken = inName
    } else if (expected === '?' || expected === name[inName]) {
      at++
      inName++
    } else if (star >= 0) {
      at = star + 1
      inName = ++taken
    } else {
      return false
    }
  }
  return at === pattern.length || (pattern[at] === '*' && at === pattern.length - 1)
}
