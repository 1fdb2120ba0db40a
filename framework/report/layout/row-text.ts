/** Prints a row of a table on one line. */
import { valueText } from '../../engine/json-value.ts'
import { printable } from '../../text/printable.ts'
import { cut } from './display-width.ts'
import type { Page } from './page.ts'

/** Writes the row as JSON, and cuts it at the width. */
export function rowText(row: Readonly<Record<string, unknown>>, { width }: Pick<Page, 'width'>): string {
  return cut(printable(valueText(row)), width)
}
