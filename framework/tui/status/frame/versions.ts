/** Draws the versions of an asset as sparklines with a list, and its partitions as a grid. */
import { cut } from '../../../report/layout/display-width.ts'
import { count, duration, shortAge } from '../../../report/layout/format-numbers.ts'
import { type TextColumn, tableLines } from '../../../report/layout/text-table.ts'
import type { PartitionFacts, VersionFacts } from '../../../report/tables/asset-facts.ts'
import { printableLine } from '../../../text/printable.ts'
import type { Frame } from '../../frame.ts'
import { sparkline } from '../../sparkline.ts'

/** Maximum number of versions in the list below the sparklines. */
const LISTED = 6

/** `versions` are newest first. The newest is at the right end of the sparklines. */
export function versionLines(versions: readonly VersionFacts[], frame: Frame): readonly string[] {
  const [newest] = versions
  if (!newest) return []
  const oldestFirst = versions.toReversed()
  const lines =
    versions.length < 2
      ? []
      : [
          ...series(
            'rows',
            oldestFirst.map(({ rows }) => rows),
            { show: count, frame },
          ),
          ...series(
            'took',
            oldestFirst.map(({ durationMs }) => durationMs),
            { show: duration, frame },
          ),
        ]
  const rows = versions
    .slice(0, LISTED)
    .map(({ version, at, rows: all, durationMs, ...more }) => [
      `${version}`,
      shortAge(at, frame.now),
      all === null ? '?' : count(all),
      changeText(more),
      durationMs === null ? '' : duration(durationMs),
      { text: printableLine(more.writer), tone: 'dim' } as const,
    ])
  return [...lines, ...tableLines(COLUMNS, rows, frame)]
}

const COLUMNS: readonly TextColumn[] = [
  { title: '', align: 'right' },
  { title: 'age', align: 'right' },
  { title: 'rows', align: 'right' },
  { title: 'changed', align: 'right', optional: true },
  { title: 'took', align: 'right', optional: true, spare: true },
  { title: 'run or writer', spare: true },
]

function changeText({ rowsAdded, rowsRemoved }: Pick<VersionFacts, 'rowsAdded' | 'rowsRemoved'>): string {
  const parts = [...(rowsAdded ? [`+${count(rowsAdded)}`] : []), ...(rowsRemoved ? [`-${count(rowsRemoved)}`] : [])]
  return parts.join(' ')
}

interface SeriesStyle {
  readonly show: (value: number) => string
  readonly frame: Frame
}

/** `rows  ▁▂▅█  12 to 6,820`. Empty if no number is known. */
function series(
  title: string,
  numbers: readonly (number | null)[],
  { show, frame: { width, paint } }: SeriesStyle,
): readonly string[] {
  const known = numbers.flatMap((number) => number ?? [])
  if (known.length === 0) return []
  const [least, most] = [Math.min(...known), Math.max(...known)]
  const range = least === most ? show(most) : `${show(least)} to ${show(most)}`
  const bars = sparkline(numbers, Math.max(1, width - title.length - range.length - 4))
  return [cut(`${title}  ${paint(bars, 'busy')}  ${range}`, Number.POSITIVE_INFINITY)]
}

/** Maximum number of partitions for which the grid has labels. */
const MOST_LABELLED = 400
const SHADES = ['·', '░', '▒', '▓', '█']

/** A cell for each partition: its values, and a bar or a shade for its share of the rows. */
export function partitionLines(partitions: readonly PartitionFacts[], { width, paint }: Frame): readonly string[] {
  if (partitions.length < 2) return []
  const most = partitions.reduce((greatest, { rows }) => Math.max(greatest, rows ?? 0), 1)
  const shade = (rows: number | null) =>
    rows === null ? '?' : (SHADES[Math.ceil((rows / most) * (SHADES.length - 1))] ?? '█')
  if (partitions.length > MOST_LABELLED) {
    const cells = partitions.map(({ rows }) => shade(rows)).join('')
    const lines = Array.from({ length: Math.ceil(cells.length / width) }, (_, row) =>
      cells.slice(row * width, (row + 1) * width),
    )
    return [
      paint(cut(`${label(partitions[0])} to ${label(partitions.at(-1))}`, width), 'dim'),
      ...lines.map((line) => paint(line, 'busy')),
    ]
  }
  const labels = partitions.map((partition) => label(partition))
  const counts = partitions.map(({ rows }) => (rows === null ? '?' : count(rows)))
  const [labelWidth, countWidth] = [labels, counts].map((texts) => Math.max(...texts.map((text) => text.length)))
  const cellWidth = Math.min(width, (labelWidth ?? 0) + (countWidth ?? 0) + 4)
  const across = Math.max(1, Math.floor((width + 2) / (cellWidth + 2)))
  const down = Math.ceil(partitions.length / across)
  return Array.from({ length: down }, (_, row) =>
    Array.from({ length: across }, (_, column) => column * down + row)
      .filter((index) => index < partitions.length)
      .map((index) => {
        const text = (labels[index] ?? '').padEnd(labelWidth ?? 0)
        return `${text} ${paint(shade(partitions[index]?.rows ?? null), 'busy')} ${(counts[index] ?? '').padStart(countWidth ?? 0)} `
      })
      .join('  ')
      .trimEnd(),
  )
}

const label = (partition: PartitionFacts | undefined): string => printableLine((partition?.values ?? []).join('-'))
