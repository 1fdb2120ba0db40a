/** Draws the screen of past runs: their list, or one of them. */
import { cut } from '../../report/layout/display-width.ts'
import { age, count } from '../../report/layout/format-numbers.ts'
import { headerLine, layOut, rowLine, type TextRow } from '../../report/layout/text-table.ts'
import { RUN_COLUMNS, runRow, runText } from '../../report/run/runs-text.ts'
import { runStartedAt } from '../../run/run-id.ts'
import { printable } from '../../text/printable.ts'
import type { Frame } from '../frame.ts'
import type { RunsModel } from './runs-model.ts'

/** Number of lines of the list that show no run: the titles and the footer. */
const LIST_MARGIN = 2
/** Number of lines below an opened run. */
const RUN_MARGIN = 1

/** How many runs, or lines of a run, the screen shows at once. */
export const pageOf = ({ openedAt }: Pick<RunsModel, 'openedAt'>, height: number): number =>
  Math.max(1, height - (openedAt === undefined ? LIST_MARGIN : RUN_MARGIN))

/** The runs that the screen shows now. They have to be read. */
export function visibleRuns(model: RunsModel, height: number): readonly string[] {
  const { ids = [], selected } = model
  if (model.openedAt !== undefined) return selected === undefined ? [] : [selected]
  const page = pageOf(model, height)
  const first = Math.max(0, Math.min(ids.indexOf(selected ?? '') - Math.floor(page / 2), ids.length - page))
  return ids.slice(first, first + page)
}

export function runsFrame(model: RunsModel, frame: Frame): readonly string[] {
  const { paint } = frame
  if (!model.ids) return [...problemLine(model, frame), paint('listing the runs ...', 'dim')]
  if (model.ids.length === 0) return ['No runs yet: `lake materialize` starts the first.', paint('q leave', 'dim')]
  if (model.openedAt !== undefined) return openedFrame(model, model.openedAt, frame)
  return [...listLines(model, frame), ...problemLine(model, frame), listFoot(model, frame)]
}

const problemLine = ({ problem }: RunsModel, { paint, width }: Frame): readonly string[] =>
  problem === undefined ? [] : [paint(cut(printable(problem).replaceAll('\n', ' '), width), 'bad')]

/** All lines of the opened run. */
export function openedLines({ runs, selected }: RunsModel, frame: Frame): readonly string[] {
  const run = selected === undefined ? undefined : runs.get(selected)
  if (run === undefined) return ['reading ...']
  if (run === null) return [`run ${selected} was killed before it recorded anything`]
  const text = runText(run, frame)
  return (frame.suggest ? frame.suggest(text) : text).split('\n')
}

function openedFrame(model: RunsModel, top: number, frame: Frame): readonly string[] {
  const { paint, width, height } = frame
  const lines = openedLines(model, frame)
  const page = pageOf(model, height)
  const shown = lines.slice(Math.min(top, Math.max(0, lines.length - page))).slice(0, page)
  const more = lines.length > page ? `  ↑↓ ${count(top + 1)} of ${count(lines.length)} lines` : ''
  return [...shown, paint(cut(`Escape back  q leave${more}`, width), 'dim')]
}

function listLines(model: RunsModel, frame: Frame): readonly string[] {
  const { paint, now, width, height } = frame
  const shown = visibleRuns(model, height - (model.problem === undefined ? 0 : 1))
  const rows = shown.map((id) => rowOf(id, model, now))
  const layout = layOut(RUN_COLUMNS, rows, width - 2)
  const lines = rows.map((row, index) => {
    const isSelected = shown[index] === model.selected
    return `${isSelected ? paint('❯', 'busy') : ' '} ${rowLine(layout, row, paint)}`
  })
  return [`  ${headerLine(layout, paint)}`, ...lines]
}

/** If a run has not been read yet, its row shows what its ID contains. */
function rowOf(id: string, { runs }: RunsModel, now: Date): TextRow {
  const run = runs.get(id)
  if (run) return runRow(run, now)
  const started = runStartedAt(id)
  return [id, run === null ? 'killed' : '', started ? age(started, now) : '', '', '', '', '']
}

function listFoot({ ids = [], selected }: RunsModel, { paint, width }: Frame): string {
  const place = `${count(ids.indexOf(selected ?? '') + 1)} of ${count(ids.length)}`
  return paint(cut(`${place}  ↑↓ move  Enter opens  q leave`, width), 'dim')
}
