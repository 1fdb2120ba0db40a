/** Declares the columns of the list of assets, and chooses those that fit. */
import { cellsOf } from '../../../report/layout/display-width.ts'
import { count, shortAge, until } from '../../../report/layout/format-numbers.ts'
import type { Tone } from '../../../report/layout/page.ts'
import { LIVE_TONES, type LiveAsset } from '../model/live-assets.ts'

export interface ListedAsset {
  readonly asset: LiveAsset
  readonly next: Date | undefined
}

export interface ListCell {
  readonly text: string
  readonly tone?: Tone
}

export interface ListColumn {
  readonly id: string
  readonly title: string
  readonly align: 'left' | 'right'
  readonly width: number
  cell(listed: ListedAsset, now: Date): ListCell
}

interface Declared extends Omit<ListColumn, 'width'> {
  /** Columns with a low number are left out first. */
  readonly rank: number
  /** Minimum width, in cells. */
  readonly least: number
  /** Whether the column is left out if all its cells are empty. */
  readonly optional?: true
}

const numberOrDash = (value: number | null): ListCell => ({ text: value === null ? '-' : count(value) })

const DECLARED: readonly Declared[] = [
  {
    ...{ id: 'state', title: 'state', align: 'left', rank: 6, least: 7 },
    cell: ({ asset: { state } }) => ({ text: state, tone: LIVE_TONES[state] }),
  },
  {
    ...{ id: 'rows', title: 'rows', align: 'right', rank: 9, least: 7 },
    cell: ({ asset }) => numberOrDash(asset.rows),
  },
  {
    ...{ id: 'rejected', title: 'rejected', align: 'right', rank: 8, least: 8, optional: true },
    cell: ({ asset: { rejected } }) => (rejected ? { text: count(rejected), tone: 'warn' } : { text: '' }),
  },
  {
    ...{ id: 'checks', title: 'checks', align: 'right', rank: 7, least: 6, optional: true },
    cell: ({ asset }) => checksCell(asset),
  },
  {
    ...{ id: 'version', title: 'version', align: 'right', rank: 2, least: 7 },
    cell: ({ asset }) => numberOrDash(asset.version),
  },
  {
    // Ages grow between two readings, so their column has room for longer ones.
    ...{ id: 'age', title: 'age', align: 'right', rank: 5, least: 6 },
    cell: ({ asset: { materializedAt } }, now) => ({
      text: materializedAt === null ? '-' : shortAge(new Date(materializedAt), now),
    }),
  },
  {
    ...{ id: 'next', title: 'next', align: 'right', rank: 1, least: 6, optional: true },
    cell: ({ next }, now) => ({ text: next === undefined ? '' : until(next, now).replace(/^(in \w+ \w+) .*/, '$1') }),
  },
]

/** How many checks fail. A failure of the last attempt counts too. */
function checksCell({ checks, failure }: LiveAsset): ListCell {
  if (checks.length > 0) {
    const isError = checks.some(({ severity }) => severity === 'error')
    return { text: `${count(checks.length)} fail`, tone: isError ? 'bad' : 'warn' }
  }
  return failure?.error.code === 'check-failed' ? { text: 'failed', tone: 'bad' } : { text: '' }
}

const GAP = 2
/** Minimum width of the reason. With less room, the column is left out. */
const LEAST_WHY = 14
const USUAL_WHY = 24
/** Minimum width for the rails and the key together. */
const LEAST_NAME = 14

const hasReason = ({ asset: { causes, failure, checks, unchecked, warnings = [] } }: ListedAsset): boolean =>
  failure !== null || [...causes, ...checks, ...unchecked, ...warnings].length > 0

export interface Room {
  /** Number of cells of a line. */
  readonly room: number
  /** Number of cells of the longest name with its rails. */
  readonly name: number
  readonly now: Date
}

/** The columns that fit, and the width that is left for the names. */
export function fittingColumns(
  listed: readonly ListedAsset[],
  { room, name, now }: Room,
): { readonly columns: readonly ListColumn[]; readonly nameWidth: number } {
  const measured = DECLARED.flatMap((column) => {
    const cells = listed.reduce((widest, one) => Math.max(widest, cellsOf(column.cell(one, now).text)), 0)
    return column.optional && cells === 0
      ? []
      : [{ ...column, width: Math.max(cells, column.least, column.title.length) }]
  })
  let columns = measured
  const used = () => columns.reduce((sum, { width }) => sum + width + GAP, 0)
  const wanted = Math.min(name, Math.max(LEAST_NAME, Math.floor(room * 0.4)))
  // Reasons get their usual width before version and next refresh get any.
  const reason = listed.some(hasReason) ? USUAL_WHY : LEAST_WHY
  const without = (ranks: number) =>
    columns.toSorted((left, right) => left.rank - right.rank).find(({ rank }) => rank < ranks)
  for (let spare = without(3); spare && wanted + used() + GAP + reason > room; spare = without(3)) {
    columns = columns.filter((column) => column !== spare)
  }
  for (let spare = without(9); spare && wanted + used() > room; spare = without(9)) {
    columns = columns.filter((column) => column !== spare)
  }
  const nameWidth = Math.max(4, Math.min(name, room - used()))
  const left = room - used() - nameWidth - GAP
  if (left < LEAST_WHY) return { columns, nameWidth }
  const why: ListColumn = { id: 'why', title: 'reason', align: 'left', width: left, cell: () => ({ text: '' }) }
  return { columns: [...columns, why], nameWidth }
}
