/** Makes text of others safe to show: a source's or a table's text, a file's name, an engine's message. */

const PLAIN = /^[ -~]*$/
const CONTROL = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

/** Control characters, by which the text could move the cursor or change the terminal, become visible. Line breaks stay; tabs become a space. */
export function printable(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll('\r\n', '\n').replace(CONTROL, visible)
}

function visible(character: string): string {
  if (character === '\n') return character
  if (character === '\t') return ' '
  const code = character.charCodeAt(0)
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '�'
}

/**
 * The same as one line: line breaks become visible too, so that text of others makes no lines of its own. An error's message takes names
 * of files and values of rows this way only.
 */
export const printableLine = (text: string): string => printable(text).replaceAll('\n', '\u240a')

/**
 * An engine's message, whose lines stay. Those after the first are indented: a line break may be one of a value in it, and must not begin a
 * line as lake's own messages do.
 */
export const continued = (message: string): string => message.replaceAll(/\r\n|[\n\r]/g, '\n  ')

/** The same on one line: what follows a line break is left out. */
export function firstLine(text: string): string {
  return printable(text).split('\n', 1)[0] ?? ''
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a colour begins with
const COLOURS = /(\u001b\[(?:1|2|22|3[1236]|39)m)/

/** The same for text that lake has composed: the colours of a `Paint` stay. Everything that goes to a terminal passes here, on its way out. */
export function printableOutput(text: string): string {
  if (PLAIN.test(text)) return text
  return text
    .split(COLOURS)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('')
}
