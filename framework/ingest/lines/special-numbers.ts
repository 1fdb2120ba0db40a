/** Reads lines with NaN and infinities, which JSON does not have. */

// Matches each quote and each escape by itself, so that the time is linear even for a string that
// does not end.
const TOKEN = /"|\\.|-?Infinity|NaN/gs

/** The line with text in place of each bare NaN, Infinity and -Infinity. */
export function quoteSpecialNumbers(line: string): string {
  let isText = false
  return line.replace(TOKEN, (token) => {
    if (token === '"') isText = !isText
    else if (!isText && !token.startsWith('\\')) return `"${token}"`
    return token
  })
}
