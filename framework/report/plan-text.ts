import type { Plan, PlanStep } from '../plan/plan.ts'
import { printable } from './cells.ts'
import { counted } from './figures.ts'
import type { Page } from './page.ts'
import { tableLines } from './text-table.ts'

/** What `lake plan` and `--dry-run` print: the steps in the order of their run, each with every cause on a line of its own. */
export function planText({ steps, fresh }: Plan, page: Page): string {
  if (steps.length === 0) return nothingToDo(fresh.length)
  const numbered = steps.map((step, index) => [`${index + 1}`, step] as const)
  const rows = numbered.flatMap(([number, step]) => [
    [number, { text: step.asset, tone: 'strong' } as const, stepWords(step)],
    ...step.causes.map(({ message }) => ['', '', { text: `  ${printable(message)}`, tone: 'dim' } as const]),
  ])
  const columns = [{ title: '', align: 'right' }, { title: '' }, { title: '' }] as const
  const [, ...lines] = tableLines(columns, rows, page, 'wrap')
  const stay = fresh.length === 1 ? 'is fresh and stays as it is' : 'are fresh and stay as they are'
  const rest = fresh.length > 0 ? ['', `${counted(fresh.length, 'asset')} ${stay}.`] : []
  return [`${counted(steps.length, 'step')}:`, ...lines, ...rest].join('\n')
}

function nothingToDo(fresh: number): string {
  if (fresh === 0) return 'Nothing to do: no asset is selected.'
  const all = fresh === 1 ? 'the asset is' : `all ${counted(fresh, 'asset')} are`
  return `Nothing to do: ${all} fresh. To rebuild all the same: lake materialize --full`
}

function stepWords({ mode, partitions, conditional }: PlanStep): string {
  const condition = conditional ? ", if its upstreams' rows change" : ''
  const where = partitions === null ? '' : ` of ${partitionWords(partitions)}`
  switch (mode) {
    case 'ingest':
      return `ingest its files${where}${condition}`
    case 'full':
      return `rebuild${where}${condition}`
    case 'keys':
      return `replace the affected rows${where}${condition}`
    case 'partitions':
      return `replace the affected partitions${where}${condition}`
  }
}

const PARTITIONS_NAMED = 5

function partitionWords(partitions: readonly string[]): string {
  const more = partitions.length - PARTITIONS_NAMED
  const named = partitions.slice(0, PARTITIONS_NAMED).join(', ')
  return `${counted(partitions.length, 'partition')} (${more > 0 ? `${named}, +${more} more` : named})`
}
