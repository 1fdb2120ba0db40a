/** Makes untrusted text safe to show: values of tables, names of files, messages of engines. */

const PLAIN = /^[ -~]*$/
const CONTROL = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

/**
 * Makes control characters visible, because they could move the cursor or change the terminal.
 * Keeps line breaks; a tab becomes a space.
 */
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
 * Makes line breaks visible too, so that untrusted text cannot start a line. Messages of errors use
 * this for names of files and values of rows.
 */
export const printableLine = (text: string): string => printable(text).replaceAll('\n', '\u240a')

/**
 * Indents all lines of an engine's message but the first. A line break can come from a value in the
 * message, and the rest of the value must not look like a message of lake.
 */
export const continued = (message: string): string => message.replaceAll(/\r\n|[\n\r]/g, '\n  ')

/** Returns the first line, made safe to show. */
export function firstLine(text: string): string {
  return printable(text).split('\n', 1)[0] ?? ''
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
const COLOURS = /(\u001b\[(?:1|2|22|3[1236]|39)m)/

/**
 * Makes output safe to show, but keeps the colours of a `Paint`. Everything that goes to a terminal
 * passes through this.
 */
export function printableOutput(text: string): string {
  if (PLAIN.test(text)) return text
  return text
    .split(COLOURS)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('')
}
