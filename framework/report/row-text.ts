import { cut, printable } from './cells.ts'
import type { Page } from './page.ts'

/** A row on one line, as JSON; what does not fit is cut. */
export function rowText(row: Readonly<Record<string, unknown>>, { width }: Pick<Page, 'width'>): string {
  return cut(printable(valueText(row)), width)
}

/** As JSON, with all digits of a bigint. */
export function valueText(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(valueText).join(',')}]`
  return `{${Object.entries(value)
    .map(([name, part]) => `${JSON.stringify(name)}:${valueText(part)}`)
    .join(',')}}`
}
