const ONE_CELL_EACH = /^[ -~]*$/
const NO_CELL = /^[\p{M}\p{Cf}]+$/u
const TWO_CELLS =
  /\p{Emoji_Presentation}|\ufe0f|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u

let segmenter: Intl.Segmenter | undefined

/** Made when text first needs it: it takes longer to make than most commands take to print. */
function characters(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return segmenter
}

function cellsOfCharacter(character: string): number {
  if (TWO_CELLS.test(character)) return 2
  return NO_CELL.test(character) ? 0 : 1
}

/** How many cells of a terminal the text takes: letters of East Asian scripts and emoji take two, combining marks none. */
export function cellsOf(text: string): number {
  if (ONE_CELL_EACH.test(text)) return text.length
  let cells = 0
  for (const { segment } of characters().segment(text)) cells += cellsOfCharacter(segment)
  return cells
}

/** The text, or as much of its beginning as `width` cells hold, with an ellipsis. */
export function cut(text: string, width: number): string {
  if (text.length * 2 <= width || cellsOf(text) <= width) return text
  return width < 1 ? '' : `${split(text, width - 1)[0]}…`
}

/** Lines of at most `width` cells, broken between words where there are any; line breaks of the text stay. */
export function wrap(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((line) => (cellsOf(line) <= width ? [line] : wrapLine(line, Math.max(2, width))))
}

function wrapLine(line: string, width: number): readonly string[] {
  const lines: string[] = []
  let rest = line
  while (cellsOf(rest) > width) {
    const [fitting] = split(rest, width + 1)
    const space = fitting.lastIndexOf(' ')
    const end = space > 0 ? space : split(rest, width)[0].length
    lines.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return [...lines, rest]
}

function split(text: string, width: number): readonly [fitting: string, rest: string] {
  let cells = 0
  for (const { segment, index } of characters().segment(text)) {
    cells += cellsOfCharacter(segment)
    if (cells > width) return [text.slice(0, index), text.slice(index)]
  }
  return [text, '']
}

const spaceFor = (text: string, width: number): string => ' '.repeat(Math.max(0, width - cellsOf(text)))

/** The text and the spaces that `width` cells need besides it, apart so that a colour can be put on the text alone. */
export function aligned(
  text: string,
  width: number,
  align: 'left' | 'right',
): readonly [before: string, after: string] {
  return align === 'left' ? ['', spaceFor(text, width)] : [spaceFor(text, width), '']
}

const CONTROL = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu

/**
 * Text of others (a refused line, a file's name, an engine's message) made safe to show: control characters, by which it could
 * move the cursor or change the terminal, become visible. Line breaks stay; tabs become a space.
 */
export function printable(text: string): string {
  return ONE_CELL_EACH.test(text) ? text : text.replaceAll('\r\n', '\n').replace(CONTROL, visible)
}

function visible(character: string): string {
  if (character === '\n') return character
  if (character === '\t') return ' '
  const code = character.charCodeAt(0)
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : '�'
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what a colour begins with
const COLOURS = /(\u001b\[(?:1|2|22|3[1236]|39)m)/

/** The same for text that lake has composed: the colours of a `Paint` stay. Everything that goes to a terminal passes here, on its way out. */
export function printableOutput(text: string): string {
  if (ONE_CELL_EACH.test(text)) return text
  return text
    .split(COLOURS)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('')
}

/** The same as one line: line breaks become visible too, so that text of others makes no lines of its own. */
export const printableLine = (text: string): string => printable(text).replaceAll('\n', '\u240a')

/** The same on one line: what follows a line break is left out. */
export function firstLine(text: string): string {
  return printable(text).split('\n', 1)[0] ?? ''
}
