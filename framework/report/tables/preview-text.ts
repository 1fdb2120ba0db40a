/** Prints the result of `lake preview`. */
import type { Preview } from '../../preview/preview-asset.ts'
import { count, counted } from '../layout/format-numbers.ts'
import type { Page } from '../layout/page.ts'
import { rowsLines } from './rows-text.ts'

/** The rows, and what they were computed from. */
export function previewText(preview: Preview, page: Page): string {
  const { columns, rows, more } = preview
  const shown = rows.length === 0 ? ['The query gives no rows.'] : rowsLines(columns, rows, page)
  return [...shown, '', ...sampleLines(preview).map((line) => page.paint(line, 'dim')), ...moreLine(more, page)].join(
    '\n',
  )
}

/** Describes what was read of each upstream, and its effect on the rows. */
export function sampleLines({ samples }: Preview): readonly string[] {
  const read = [...samples.values()].map(({ key, version, rows, most }) => {
    const of = rows === undefined ? 'an unknown number of rows' : counted(rows, 'row')
    return most === undefined
      ? `read all ${of} of ${key} (version ${version})`
      : `read a sample of at most ${count(most)} of ${of} of ${key} (version ${version})`
  })
  const isPart = [...samples.values()].some(({ most }) => most !== undefined)
  const consequence = isPart ? ['Sums, counts and joins are of the sample, not of all rows.'] : []
  return [...read, ...consequence, 'Nothing was published.']
}

const moreLine = (more: boolean, { paint }: Page): readonly string[] =>
  more ? [paint('These are the first rows. More: --rows N', 'dim')] : []

/** The rows, and what they were computed from, as JSON. */
export function previewDocument({ asset, columns, rows, more, samples }: Preview) {
  return {
    asset,
    rows: rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]]))),
    more,
    upstream: [...samples].map(([name, { key, version, rows: all, most }]) => ({
      ...{ name, key, version, rows: all ?? null, sampled: most !== undefined, mostRead: most ?? null },
    })),
  }
}
