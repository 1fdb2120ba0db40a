/** Lays out text tables that fit the width of a terminal. */
import { printable, printableLine } from '../../text/printable.ts'
import { aligned, cellsOf, cut, wrap } from './display-width.ts'
import type { Page, Paint, Tone } from './page.ts'

export interface TextColumn {
  readonly title: string
  /** `right` for numbers. */
  readonly align?: 'left' | 'right'
  /** Leave the column out if it is empty in every row. */
  readonly optional?: boolean
  /** Leave the column out if the line is too narrow. The rightmost spare column goes first. */
  readonly spare?: boolean
  /**
   * Cut the column if the line is too narrow. Not for text that people copy, such as the ID of a
   * run.
   */
  readonly shrinks?: boolean
  /** Never cut the column. Only for the last one; spare columns make room for it. */
  readonly uncut?: boolean
}

export interface TextCell {
  readonly text: string
  readonly tone?: Tone
  /** Text after the cell's text. It stays if the text is cut. */
  readonly tail?: string
}

/** One cell for each column. */
export type TextRow = readonly (TextCell | string)[]

/** The columns with their widths, so that a screen can draw some rows as in the full table. */
export interface TableLayout {
  readonly columns: readonly PlacedColumn[]
}

interface PlacedColumn extends TextColumn {
  readonly index: number
  /** Terminal cells. The last column gets the rest of the line. */
  readonly width: number
}

const GAP = '  '
/** Minimum width of the last column, in cells. */
const MIN_LAST_WIDTH = 20
/** Minimum width of a column that shrinks, in cells. */
const MIN_SHRUNK_WIDTH = 16

/** Makes each column as wide as its widest cell, and gives the last one the rest of the line. */
export function layOut(columns: readonly TextColumn[], rows: readonly TextRow[], width: number): TableLayout {
  const widths = columns.map(({ title }, index) =>
    rows.reduce((widest, row) => Math.max(widest, cellWidth(row[index])), cellsOf(printableLine(title))),
  )
  const shown = columns.flatMap((column, index): PlacedColumn[] => {
    const empty = column.optional && rows.every((row) => cellWidth(row[index]) === 0)
    return empty ? [] : [{ ...column, index, width: widths[index] ?? 0 }]
  })
  return { columns: shrunk(withoutSpares(shown, width), width) }
}

/** Counts the cells by which the columns exceed the line. */
function excessOf(columns: readonly PlacedColumn[], width: number): number {
  const before = columns.slice(0, -1).reduce((sum, column) => sum + column.width + GAP.length, 0)
  return before + minWidthOf(columns.at(-1)) - width
}

const minWidthOf = (last: PlacedColumn | undefined): number =>
  last?.uncut ? last.width : Math.min(last?.width ?? 0, MIN_LAST_WIDTH)

function withoutSpares(columns: readonly PlacedColumn[], width: number): readonly PlacedColumn[] {
  const spare = columns.findLastIndex((column) => column.spare)
  return spare < 0 || excessOf(columns, width) <= 0 ? columns : withoutSpares(columns.toSpliced(spare, 1), width)
}

function shrunk(columns: readonly PlacedColumn[], width: number): readonly PlacedColumn[] {
  const before = columns.slice(0, -1).map((column) => {
    const excess = column.shrinks ? Math.max(0, excessOf(columns, width)) : 0
    return { ...column, width: Math.max(Math.min(column.width, MIN_SHRUNK_WIDTH), column.width - excess) }
  })
  const last = columns.at(-1)
  if (!last) return []
  const rest = before.reduce((left, column) => left - column.width - GAP.length, width)
  return [...before, { ...last, width: Math.max(minWidthOf(last), Math.min(last.width, rest)) }]
}

export function headerLine({ columns }: TableLayout, paint: Paint): string {
  return joined(columns, (column) => painted({ text: column.title, tone: 'dim' }, column, paint))
}

/** Writes one row on one line, and cuts text that is too wide for its column. */
export function rowLine({ columns }: TableLayout, row: TextRow, paint: Paint): string {
  return joined(columns, (column) => painted(cellOf(row[column.index]), column, paint))
}

/**
 * Writes the table. With `wrap`, the last column continues on further lines instead of being cut.
 */
export function tableLines(
  columns: readonly TextColumn[],
  rows: readonly TextRow[],
  { width, paint }: Page,
  overflow: 'cut' | 'wrap' = 'cut',
): readonly string[] {
  const layout = layOut(columns, rows, width)
  const lines = (row: TextRow) =>
    overflow === 'wrap' ? wrappedLines(layout, row, paint) : [rowLine(layout, row, paint)]
  return [headerLine(layout, paint), ...rows.flatMap(lines)]
}

function wrappedLines(layout: TableLayout, row: TextRow, paint: Paint): readonly string[] {
  const last = layout.columns.at(-1)
  if (!last) return []
  const { text, tone, tail = '' } = cellOf(row[last.index])
  const [first = '', ...others] = wrap(text + tail, last.width)
  const part = (line: string): TextCell => ({ text: line, ...(tone && { tone }) })
  const head = row.map((cell, index) => (index === last.index ? part(first) : cell))
  const rest = others.map((line) => row.map((_, index) => (index === last.index ? part(line) : '')))
  return [head, ...rest].map((line) => rowLine(layout, line, paint))
}

function joined(columns: readonly PlacedColumn[], cell: (column: PlacedColumn) => string): string {
  return columns.map(cell).join(GAP).trimEnd()
}

function painted({ text, tone, tail = '' }: TextCell, { width, align = 'left' }: PlacedColumn, paint: Paint): string {
  const shown = cut(printableLine(text), width - cellsOf(tail)) + tail
  const [before, after] = aligned(shown, width, align)
  return before + (tone ? paint(shown, tone) : shown) + after
}

/**
 * Makes the cell's text safe to show. Keeps line breaks, because the last column can be wrapped at
 * them.
 */
function cellOf(cell: TextCell | string | undefined): TextCell {
  if (typeof cell !== 'object') return { text: printable(cell ?? '') }
  return { ...cell, text: printable(cell.text), ...(cell.tail !== undefined && { tail: printableLine(cell.tail) }) }
}

function cellWidth(cell: TextCell | string | undefined): number {
  const { text, tail = '' } = cellOf(cell)
  return cellsOf(text) + cellsOf(tail)
}
