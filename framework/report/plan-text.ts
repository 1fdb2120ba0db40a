/** Prints the plan of `lake plan` and of `--dry-run`. */
import type { EstimatedPlan, EstimatedStep, EstimatedVolume, FileChange, StepEstimate } from '../plan/estimate.ts'
import { printable } from '../text/printable.ts'
import { wrap } from './layout/display-width.ts'
import { bytes, count, counted } from './layout/format-numbers.ts'
import type { Page } from './layout/page.ts'
import { tableLines } from './layout/text-table.ts'

/**
 * Writes the steps in their order. Below each step are its estimate and its causes, one on each
 * line.
 */
export function planText({ steps, fresh, warnings = [], leftOut = 0 }: PlanWithWarnings, page: Page): string {
  const notes = warnings.flatMap(({ asset, message }, index) => [
    ...(index === 0 ? [''] : []),
    ...wrap(`note: ${asset}: ${printable(message)}`, page.width),
  ])
  if (steps.length === 0) {
    const none = leftOut > 0 ? nothingPossible(fresh.length, leftOut) : nothingToDo(fresh.length)
    return [none, ...notes].join('\n')
  }
  const rows = steps.flatMap((step, index) => [
    [`${index + 1}`, { text: step.asset, tone: 'strong' } as const, describeStep(step)],
    ...detailLines(step).map((line) => ['', '', { text: `  ${printable(line)}`, tone: 'dim' } as const]),
  ])
  const columns = [{ title: '', align: 'right' }, { title: '' }, { title: '' }] as const
  const [, ...lines] = tableLines(columns, rows, page, 'wrap')
  const freshText = fresh.length === 1 ? 'is fresh and stays as it is' : 'are fresh and stay as they are'
  const rest = fresh.length > 0 ? ['', `${counted(fresh.length, 'asset')} ${freshText}.`] : []
  return [`${counted(steps.length, 'step')}:`, ...lines, ...rest, ...notes].join('\n')
}

/** A plan, with warnings about the files of its sources. */
export interface PlanWithWarnings extends EstimatedPlan {
  readonly warnings?: readonly PlanWarning[]
  /** Number of assets that cannot be planned; 0 by default. */
  readonly leftOut?: number
}

export interface PlanWarning {
  readonly asset: string
  readonly message: string
}

function nothingPossible(fresh: number, leftOut: number): string {
  const rest = fresh === 0 ? '' : `, and ${counted(fresh, 'asset')} ${fresh === 1 ? 'is' : 'are'} fresh`
  return `No steps: ${counted(leftOut, 'asset')} cannot be planned${rest}.`
}

function nothingToDo(fresh: number): string {
  if (fresh === 0) return 'Nothing to do: no asset is selected.'
  const all = fresh === 1 ? 'the asset is' : `all ${counted(fresh, 'asset')} are`
  return `Nothing to do: ${all} fresh. To rebuild anyway: \`lake materialize --full\``
}

function describeStep({
  mode,
  partitions,
  conditional,
  estimate,
  fullReason,
  follows,
  movedFrom,
}: EstimatedStep): string {
  const condition = conditional ? ", if its upstreams' rows change" : ''
  const where = partitions === undefined ? '' : ` in ${describePartitions(partitions)}`
  if (estimate.certainty === 'exact' && estimate.keys === 0) return 'replace nothing: the rows stay the same'
  switch (mode) {
    case 'ingest':
      return `ingest ${describeFiles(estimate)}${condition}`
    case 'full':
      return `rebuild in full${condition}${because(fullReason)}`
    case 'rename':
      return movedFrom === undefined ? 'record names, its rows stay' : 'move its table, its rows stay'
    case 'check':
      return 'run its checks over the current rows'
    case 'keys':
      return `replace ${describeKeys(estimate)}${where}${condition}${because(follows)}`
    case 'partitions':
      return partitions === undefined
        ? `replace the affected partitions${condition}${because(follows)}`
        : `replace ${counted(partitions.length, 'partition')}: ${describePartitions(partitions)}${condition}${because(follows)}`
  }
}

const because = (reason: string | undefined): string => (reason === undefined ? '' : ` (${reason})`)

function describeFiles({ files }: StepEstimate): string {
  const read = files.filter(({ change }) => change !== 'removed').length
  const removed = files.length - read
  if (files.length === 0) return 'its rows'
  if (removed === 0) return counted(read, 'file')
  const without = `without ${counted(removed, 'deleted file')}`
  return read === 0 ? without : `${counted(read, 'file')}, ${without}`
}

function describeKeys({ certainty, keys }: StepEstimate): string {
  if (keys === null) return 'the affected keys'
  return certainty === 'exact' ? counted(keys, 'key') : `at most ${counted(keys, 'key')}`
}

function detailLines({ estimate, causes, mode, rawSql, movedFrom }: EstimatedStep): readonly string[] {
  const files = mode === 'ingest' ? [] : fileLines(estimate.files)
  return [
    ...volumeLine(estimate),
    ...(movedFrom !== undefined && mode !== 'rename' ? [`moved from ${movedFrom} first`] : []),
    ...causes.map(({ message }) => message),
    ...files.map((line) => `  ${line}`),
    ...(rawSql ? ['its query contains raw SQL, which lake does not examine'] : []),
  ]
}

function volumeLine({ certainty, read, written }: StepEstimate): readonly string[] {
  const limit = certainty === 'exact' ? '' : 'at most '
  const parts = [describeVolume(`reads ${limit}`, read), describeVolume(`writes ${limit}`, written)].flatMap(
    (part) => part ?? [],
  )
  return parts.length > 0 ? [parts.join(', ')] : []
}

function describeVolume(verb: string, { rows, bytes: size }: EstimatedVolume): string | undefined {
  if (rows === null) return size === null ? undefined : `${verb}${bytes(size)}`
  return `${verb}${counted(rows, 'row')}${size === null ? '' : ` (${bytes(size)})`}`
}

/** Maximum number of files to name. */
const FILES_NAMED = 5

function fileLines(files: readonly FileChange[]): readonly string[] {
  const more = files.length - FILES_NAMED
  const named = files.slice(0, FILES_NAMED).map(describeFile)
  return more > 0 ? [...named, `+${count(more)} more files`] : named
}

/** Describes a file: `log_data/2018/11/2018-11-12-events.json changed, 14 rows added`. */
function describeFile({ source, path, change, rowsBefore, rowsAfter }: FileChange): string {
  const file = `${source}/${path} ${change}`
  if (rowsBefore === null || rowsAfter === null) return file
  const more = rowsAfter - rowsBefore
  if (more === 0) return `${file}, as many rows as before`
  return `${file}, ${counted(Math.abs(more), 'row')} ${more > 0 ? 'added' : 'removed'}`
}

/** Maximum number of partitions to name. */
const PARTITIONS_NAMED = 5

/** Names partitions by their values: `2018-11, 2018-12`. */
function describePartitions(partitions: readonly string[]): string {
  const more = partitions.length - PARTITIONS_NAMED
  const values = (partition: string) =>
    partition
      .split('/')
      .map((part) => part.slice(part.indexOf('=') + 1))
      .join('-')
  const named = partitions.slice(0, PARTITIONS_NAMED).map(values).join(', ')
  return more > 0 ? `${named}, +${count(more)} more` : named
}
