/** Prints rows of any query as a table. */
import { ExactDigits, type PlainValue, valueText } from '../../engine/json-value.ts'
import { printable } from '../../text/printable.ts'
import type { Page } from '../layout/page.ts'
import { tableLines } from '../layout/text-table.ts'

/** The lines of the table, of any width. Columns of numbers are aligned to the right. */
export function rowsLines(
  columns: readonly string[],
  rows: readonly (readonly PlainValue[])[],
  page: Page,
): readonly string[] {
  const titles = columns.map((title, index) => {
    const isNumeric = rows.every((row) => isNumber(row[index]))
    return { title, align: isNumeric ? ('right' as const) : ('left' as const) }
  })
  const cells = rows.map((row) => row.map((value) => (value === null ? NULL_CELL : printable(plainText(value)))))
  return tableLines(titles, cells, { ...page, width: Number.POSITIVE_INFINITY })
}

const NULL_CELL = { text: 'null', tone: 'dim' } as const

const isNumber = (value: PlainValue | undefined): boolean =>
  value === null || typeof value === 'number' || value instanceof ExactDigits

/** Text unchanged; any other value as JSON with all digits. */
export const plainText = (value: PlainValue): string => (typeof value === 'string' ? value : valueText(value))
