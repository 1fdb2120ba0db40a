/** Divides the screen between the assets and the details. */
import { lakeProblems } from '../../../report/status-text.ts'
import { liveRuns } from './live-assets.ts'
import type { StatusModel } from './status-model.ts'

export interface Pane {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

interface Panes {
  /** Number of lines above both panes. */
  readonly head: number
  /** The rows of the assets, without the line of titles above them. */
  readonly assets: Pane | undefined
  readonly details: Pane | undefined
}

/** Minimum height for two panes above each other, and minimum width for two beside each other. */
const STACKED_FROM_HEIGHT = 14
const BESIDE_FROM_WIDTH = 140
/** Number of cells between two panes beside each other. */
export const BETWEEN = 3
const FOOT = 1
/** The line of titles above the assets; the rule above the details. */
const TITLES = 1
const RULE = 1
/** Maximum number of runs that have a line above the panes. */
export const RUNS_SHOWN = 3
const PROBLEMS_SHOWN = 3

/** The problems of the lake that have a line above the panes. */
export const shownProblems = ({ reading }: StatusModel): readonly string[] =>
  reading ? lakeProblems(reading.report).slice(0, PROBLEMS_SHOWN) : []

/** The number of lines about the lake, its runs and its problems. */
function headHeight(model: StatusModel): number {
  const runs = Math.min(RUNS_SHOWN, liveRuns(model).length + (isBeginning(model) ? 1 : 0))
  return 2 + shownProblems(model).length + runs + (model.problem === undefined ? 0 : 1)
}

/** A run that was started here and has not reported anything yet. */
export const isBeginning = ({ started }: StatusModel): boolean =>
  started !== undefined && started.state !== 'ended' && started.view === undefined

export function panesOf(model: StatusModel): Panes {
  const { width, height } = model.size
  const head = Math.min(headHeight(model), Math.max(0, height - 4))
  const body = Math.max(1, height - head - FOOT)
  const whole = { left: 0, top: head, width, height: body }
  const below = (pane: Pane, lines: number): Pane => ({ ...pane, top: pane.top + lines, height: pane.height - lines })
  if (model.opened) return { head, assets: undefined, details: below(whole, RULE) }
  if (height < STACKED_FROM_HEIGHT) return { head, assets: below(whole, TITLES), details: undefined }
  const assets = Math.max(1, model.shown.length)
  if (width >= BESIDE_FROM_WIDTH && assets > body / 2) {
    const half = Math.floor(width * 0.55)
    return {
      head,
      assets: below({ ...whole, width: half }, TITLES),
      details: below({ ...whole, left: half + BETWEEN, width: width - half - BETWEEN }, RULE),
    }
  }
  const rows = Math.min(assets, Math.floor((body - TITLES - RULE) * 0.6))
  return {
    head,
    assets: { ...below(whole, TITLES), height: rows },
    details: below(whole, TITLES + rows + RULE),
  }
}
