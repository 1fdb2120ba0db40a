/** Holds the state of the screen of past runs, and changes it with keys and readings. */
import type { RunView } from '../../report/run/run-view.ts'
import type { KeyPress } from '../key-press.ts'
import { distance, motionOf } from '../motion.ts'

/** The state of the screen. */
export interface RunsModel {
  /** Newest first. undefined until the first listing. */
  readonly ids: readonly string[] | undefined
  /** The runs that were read. null: the run has recorded nothing. */
  readonly runs: ReadonlyMap<string, RunView | null>
  readonly selected: string | undefined
  /** The first shown line of the opened run. undefined while the list is shown. */
  readonly openedAt: number | undefined
  /** Why the last reading failed. */
  readonly problem: string | undefined
  readonly leaving: boolean
}

export const OPENING_RUNS: RunsModel = {
  ids: undefined,
  runs: new Map(),
  selected: undefined,
  openedAt: undefined,
  problem: undefined,
  leaving: false,
}

export type RunsAction =
  | { readonly kind: 'listed'; readonly ids: readonly string[] }
  | { readonly kind: 'read'; readonly runs: ReadonlyMap<string, RunView | null> }
  | { readonly kind: 'failed'; readonly problem: string }
  /**
   * `page` is the number of lines that fit on the screen, `lines` the number of lines of the opened
   * run.
   */
  | { readonly kind: 'key'; readonly press: KeyPress; readonly page: number; readonly lines: number }

/** Returns the model after an action. Pure. */
export function runsReducer(model: RunsModel, action: RunsAction): RunsModel {
  switch (action.kind) {
    case 'listed': {
      const { ids } = action
      const isThere = model.selected !== undefined && ids.includes(model.selected)
      return { ...model, ids, problem: undefined, selected: isThere ? model.selected : ids[0] }
    }
    case 'read':
      return { ...model, runs: new Map([...model.runs, ...action.runs]), problem: undefined }
    case 'failed':
      return { ...model, problem: action.problem }
    case 'key':
      return model.openedAt === undefined ? inList(model, action) : inRun(model, model.openedAt, action)
  }
}

type KeyAction = Extract<RunsAction, { kind: 'key' }>

function inList(model: RunsModel, { press, page }: KeyAction): RunsModel {
  if (press.kind === 'enter') return model.selected === undefined ? model : { ...model, openedAt: 0 }
  if (isLeaving(press) || press.kind === 'escape') return { ...model, leaving: true }
  const { ids = [], selected } = model
  const index = Math.max(0, Math.min(ids.length - 1, ids.indexOf(selected ?? '') + stepOf(press, page)))
  return { ...model, selected: ids[index] }
}

function inRun(model: RunsModel, top: number, { press, page, lines }: KeyAction): RunsModel {
  if (press.kind === 'escape' || press.kind === 'erase') return { ...model, openedAt: undefined }
  if (isLeaving(press)) return { ...model, leaving: true }
  return { ...model, openedAt: Math.max(0, Math.min(lines - page, top + stepOf(press, page))) }
}

const isLeaving = (press: KeyPress): boolean =>
  press.kind === 'interrupt' || (press.kind === 'character' && press.character === 'q')

/** The number of lines of a key's motion. */
function stepOf(press: KeyPress, page: number): number {
  const motion = motionOf(press)
  return motion ? distance(motion, page) : 0
}
