import { printable } from './cells.ts'
import { counted } from './figures.ts'
import type { Page } from './page.ts'
import { type Cell, type Column, tableLines } from './text-table.ts'

type Value = unknown

/** What `lake query` prints: every value whole and on one line, numbers to the right. */
export function rowsText(
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
  { paint, now }: Page,
): string {
  const typed = columns.map((title, index): Column => {
    const numeric =
      rows.some((row) => isNumber(row[index])) && rows.every((row) => row[index] === null || isNumber(row[index]))
    return { title: printable(title), align: numeric ? 'right' : 'left' }
  })
  const cells = rows.map((row) => columns.map((_, index) => valueCell(row[index])))
  const page: Page = { width: Number.POSITIVE_INFINITY, paint, now }
  return [...tableLines(typed, cells, page), '', paint(counted(rows.length, 'row'), 'dim')].join('\n')
}

const isNumber = (value: Value): boolean => typeof value === 'number' || typeof value === 'bigint'

function valueCell(value: Value): Cell {
  if (value === null || value === undefined) return { text: 'null', tone: 'dim' }
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return { text: printable(text.replaceAll('\n', '\u2424')) }
}
