/** Measures, cuts and wraps text by the terminal cells that it takes. */
const ONE_CELL_EACH = /^[ -~]*$/
const NO_CELL = /^[\p{M}\p{Cf}]+$/u
const TWO_CELLS =
  /\p{Emoji_Presentation}|\ufe0f|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]/u

let segmenter: Intl.Segmenter | undefined

/** Creates the segmenter on first use: that takes longer than most commands take to print. */
function characters(): Intl.Segmenter {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' })
  return segmenter
}

function cellsOfCharacter(character: string): number {
  if (TWO_CELLS.test(character)) return 2
  return NO_CELL.test(character) ? 0 : 1
}

/**
 * Counts the terminal cells of a text: East Asian letters and emoji take two, combining marks take
 * none.
 */
export function cellsOf(text: string): number {
  if (ONE_CELL_EACH.test(text)) return text.length
  let cells = 0
  for (const { segment } of characters().segment(text)) cells += cellsOfCharacter(segment)
  return cells
}

/** Returns the text, or its beginning with an ellipsis if it takes more than `width` cells. */
export function cut(text: string, width: number): string {
  if (text.length * 2 <= width || cellsOf(text) <= width) return text
  return width < 1 ? '' : `${split(text, width - 1)[0]}…`
}

/**
 * Breaks text into lines of at most `width` cells, between words where possible. Keeps the line
 * breaks of the text.
 */
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

/**
 * Returns the spaces before and after the text that fill `width` cells. The caller can colour the
 * text alone.
 */
export function aligned(
  text: string,
  width: number,
  align: 'left' | 'right',
): readonly [before: string, after: string] {
  return align === 'left' ? ['', spaceFor(text, width)] : [spaceFor(text, width), '']
}
