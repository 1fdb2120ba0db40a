/** Prints the differences between two versions of a table. */
import type { RowDifference } from '../../engine/compare.ts'
import { valueText } from '../../engine/json-value.ts'
import type { TableDiff } from '../../maintain/diff.ts'
import { printable } from '../../text/printable.ts'
import { cut } from '../layout/display-width.ts'
import { count, counted } from '../layout/format-numbers.ts'
import type { Page } from '../layout/page.ts'
import { rowText } from '../layout/row-text.ts'

/** Writes the numbers of added, removed and changed rows, and some rows of each kind. */
export function diffText(diff: TableDiff, page: Page): string {
  const { asset, from, to, removed, added, changed, sample } = diff
  const head = `${asset}, version ${from} to ${to}: `
  const columns = columnLines(diff)
  if (removed + added + changed === 0) {
    return [`${head}the same rows${columns.length > 0 ? ' in the columns that both have' : ''}.`, ...columns].join('\n')
  }
  const shown = { removed: 0, added: 0, changed: 0 }
  for (const { change } of sample) shown[change]++
  const counts = `${counted(added, 'row')} added, ${count(removed)} removed, ${count(changed)} changed`
  const more = shown.added < added || shown.removed < removed || shown.changed < changed
  return [
    `${head}${counts}`,
    ...columns,
    ...sample.map((difference) => differenceLine(difference, diff.key, page)),
    ...(more ? ['', 'Not all are shown: --limit N shows more of each kind.'] : []),
  ].join('\n')
}

function columnLines({ columns: { added, removed, retyped } }: TableDiff): readonly string[] {
  return [
    ...(added.length > 0 ? [`columns added: ${added.join(', ')}`] : []),
    ...(removed.length > 0 ? [`columns removed: ${removed.join(', ')}`] : []),
    ...(retyped.length > 0 ? [`columns whose type changed, which are not compared: ${retyped.join(', ')}`] : []),
  ]
}

function differenceLine(difference: RowDifference, key: readonly string[], { width, paint }: Page): string {
  const inner = { width: width - 2 }
  switch (difference.change) {
    case 'added':
      return `${paint('+', 'good')} ${rowText(difference.row, inner)}`
    case 'removed':
      return `${paint('-', 'bad')} ${rowText(difference.row, inner)}`
    case 'changed': {
      const { before, after } = difference
      const changed = Object.keys(after).filter((name) => valueText(before[name]) !== valueText(after[name]))
      const changes = changed.map((name) => `${name} ${valueText(before[name])} -> ${valueText(after[name])}`)
      const keyed = key.map((name) => valueText(after[name])).join(' ')
      return `${paint('~', 'warn')} ${cut(printable(`${keyed}  ${changes.join(', ')}`), inner.width)}`
    }
  }
}
