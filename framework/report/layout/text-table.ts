import { printable, printableLine } from '../../text/printable.ts'
import { aligned, cellsOf, cut, wrap } from './display-width.ts'
import type { Page, Paint, Tone } from './page.ts'

export interface TextColumn {
  readonly title: string
  /** `right` for numbers. */
  readonly align?: 'left' | 'right'
  /** Left out where it is empty in every row. */
  readonly optional?: boolean
  /** Left out where the line is too narrow for all columns, the rightmost one first. */
  readonly spare?: boolean
  /** Cut where the line is too narrow. What people copy from a table, as a run's id, is not. */
  readonly shrinks?: boolean
  /** Of the last column: never cut. Spare columns are left out for its sake. */
  readonly whole?: boolean
}

export interface TextCell {
  readonly text: string
  readonly tone?: Tone
  /** Comes after the text, and stays where the text has to be cut. */
  readonly tail?: string
}

/** As many cells as there are columns. */
export type TextRow = readonly (TextCell | string)[]

/** Where the columns of a table stand, so that a part of its rows can be written as they would be in the whole. */
export interface TableLayout {
  readonly columns: readonly PlacedColumn[]
}

interface PlacedColumn extends TextColumn {
  readonly index: number
  /** Of the last column: what is left of the line. */
  readonly width: number
}

const GAP = '  '
/** The last column never gets narrower, and others not for its sake. */
const LAST_AT_LEAST = 20
const OTHERS_AT_LEAST = 16

/** Each column is as wide as its widest cell, and the last one as wide as the rest of the line. */
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

/** The cells that the line lacks. */
function lacking(columns: readonly PlacedColumn[], width: number): number {
  const before = columns.slice(0, -1).reduce((sum, column) => sum + column.width + GAP.length, 0)
  return before + leastOf(columns.at(-1)) - width
}

const leastOf = (last: PlacedColumn | undefined): number =>
  last?.whole ? last.width : Math.min(last?.width ?? 0, LAST_AT_LEAST)

function withoutSpares(columns: readonly PlacedColumn[], width: number): readonly PlacedColumn[] {
  const spare = columns.findLastIndex((column) => column.spare)
  return spare < 0 || lacking(columns, width) <= 0 ? columns : withoutSpares(columns.toSpliced(spare, 1), width)
}

function shrunk(columns: readonly PlacedColumn[], width: number): readonly PlacedColumn[] {
  const before = columns.slice(0, -1).map((column) => {
    const excess = column.shrinks ? Math.max(0, lacking(columns, width)) : 0
    return { ...column, width: Math.max(Math.min(column.width, OTHERS_AT_LEAST), column.width - excess) }
  })
  const last = columns.at(-1)
  if (!last) return []
  const rest = before.reduce((left, column) => left - column.width - GAP.length, width)
  return [...before, { ...last, width: Math.max(leastOf(last), Math.min(last.width, rest)) }]
}

export function headerLine({ columns }: TableLayout, paint: Paint): string {
  return joined(columns, (column) => painted({ text: column.title, tone: 'dim' }, column, paint))
}

/** One line; what is too wide for its column is cut. */
export function rowLine({ columns }: TableLayout, row: TextRow, paint: Paint): string {
  return joined(columns, (column) => painted(cellOf(row[column.index]), column, paint))
}

/** The whole table. With `wrap` the last column goes on in further lines instead of being cut. */
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
  const part = (words: string): TextCell => ({ text: words, ...(tone && { tone }) })
  const head = row.map((cell, index) => (index === last.index ? part(first) : cell))
  const rest = others.map((words) => row.map((_, index) => (index === last.index ? part(words) : '')))
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

/** Made safe to show. Line breaks stay, as the last column may be wrapped at them. */
function cellOf(cell: TextCell | string | undefined): TextCell {
  if (typeof cell !== 'object') return { text: printable(cell ?? '') }
  return { ...cell, text: printable(cell.text), ...(cell.tail !== undefined && { tail: printableLine(cell.tail) }) }
}

function cellWidth(cell: TextCell | string | undefined): number {
  const { text, tail = '' } = cellOf(cell)
  return cellsOf(text) + cellsOf(tail)
}
