/** Pads, joins and flows lines that already have colours. */
import { cellsOf, cut } from '../report/layout/display-width.ts'
import { count, counted } from '../report/layout/format-numbers.ts'

// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one
const COLOUR = /\u001b\[\d+m/g
const COLOURS = new RegExp(`(${COLOUR.source})`)

/** Counts the terminal cells of a line that has colours. */
export const paintedCells = (line: string): number => cellsOf(line.replace(COLOUR, ''))

export const padded = (line: string, width: number): string =>
  line + ' '.repeat(Math.max(0, width - paintedCells(line)))

/** Cuts a line that has colours, and ends the colours. */
export function cutPainted(line: string, width: number): string {
  if (paintedCells(line) <= width) return line
  let left = width
  const parts = line.split(COLOURS).map((part, index) => {
    // `split` returns the colours too: every second part is one.
    if (index % 2 === 1) return part
    const shown = cut(part, left)
    left = shown === part ? left - cellsOf(part) : 0
    return shown
  })
  return parts.join('')
}

/** Returns exactly `height` lines. */
export const toHeight = (lines: readonly string[], height: number): readonly string[] =>
  Array.from({ length: Math.max(0, height) }, (_, index) => lines[index] ?? '')

/**
 * Puts blocks with the same number of lines beside each other. All but the last are `width` wide.
 */
export function beside(blocks: readonly (readonly string[])[], width: number, gap: string): readonly string[] {
  const [first = []] = blocks
  return first.map((_, row) =>
    blocks
      .map((block, index) => (index === blocks.length - 1 ? (block[row] ?? '') : padded(block[row] ?? '', width)))
      .join(gap)
      .trimEnd(),
  )
}

/**
 * Says how much text is hidden, such as `3 lines above, 4 below`. `most`: the greatest useful
 * `scroll`.
 */
export function hiddenLines(scroll: number, most: number): string {
  const above = Math.min(scroll, most)
  if (most === 0) return ''
  if (above === 0) return `${counted(most, 'line')} below`
  return above === most
    ? `${counted(above, 'line')} above`
    : `${counted(above, 'line')} above, ${count(most - above)} below`
}

interface Flow {
  readonly width: number
  readonly height: number
  /** Minimum width of a column, in cells. */
  readonly least: number
  /** Number of lines above the first visible one. */
  readonly scroll: number
}

export interface Flowed {
  readonly lines: readonly string[]
  /** The greatest useful `scroll`. */
  readonly most: number
}

const GAP = '  '

/**
 * Distributes lines over as many columns as they need, like a newspaper. `linesAt` returns the
 * lines for a width.
 */
export function flowed(linesAt: (width: number) => readonly string[], { width, height, least, scroll }: Flow): Flowed {
  const possible = Math.max(1, Math.floor((width + GAP.length) / (least + GAP.length)))
  let columns = 1
  let lines = linesAt(width)
  let each = width
  while (columns < possible && lines.length > columns * height) {
    columns += 1
    each = Math.floor((width - (columns - 1) * GAP.length) / columns)
    lines = linesAt(each)
  }
  const most = Math.max(0, lines.length - columns * height)
  const from = Math.min(scroll, most)
  const blocks = Array.from({ length: columns }, (_, column) =>
    toHeight(lines.slice(from + column * height, from + (column + 1) * height), height),
  )
  return { lines: beside(blocks, each, GAP), most }
}
