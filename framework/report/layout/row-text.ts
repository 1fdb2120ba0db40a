import { valueText } from '../../engine/json-value.ts'
import { printable } from '../../text/printable.ts'
import { cut } from './display-width.ts'
import type { Page } from './page.ts'

/** A row on one line, as JSON; what does not fit is cut. */
export function rowText(row: Readonly<Record<string, unknown>>, { width }: Pick<Page, 'width'>): string {
  return cut(printable(valueText(row)), width)
}
