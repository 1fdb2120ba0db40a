/** Decides what each key does on the status screen. */
import type { KeyPress, MousePress } from '../../key-press.ts'
import { distance, type Motion, motionOf } from '../../motion.ts'
import { type Pane, panesOf } from './panes.ts'
import { choose, keepSelected, moveSelection, runOfSelected } from './selection.ts'
import { ASKED, type Folded, isAtWork, type Overlay, type StatusAsk, type StatusModel } from './status-model.ts'

/** The keys and their effects, for the screen that `?` shows. */
export const KEYS: readonly (readonly [keys: string, effect: string])[] = [
  ['↑ ↓  j k', 'move, or scroll the details'],
  ['PgUp PgDn  Ctrl-U Ctrl-D', 'move by a screen; so does Space, downwards'],
  ['g G  Home End', 'the first, the last'],
  ['Tab  ← →', 'between the assets and the details'],
  ['l  h', "to the details, then to the log of the asset's last run; and back"],
  ['Enter', 'opens the asset on the whole screen; Escape closes it'],
  ['m  M', 'materialize the asset, or everything: shows the plan first'],
  ['p  P', 'the plan of the asset, or of everything'],
  ['x', 'cancels the run that was started here'],
  ['L', 'shows the log of the last run of the asset at once'],
  ['f', 'the failures in full'],
  ['/', 'filters by words in key, kind, state and tags (tag:fact)'],
  ['r', 'reads again now; the screen also does so by itself'],
  ['mouse', 'the wheel scrolls, a click selects, a second one opens'],
  ['q', 'leaves; a run that was started here goes on'],
]

/** Number of lines or assets by which the wheel moves. */
const WHEEL = 3

const only = (model: StatusModel): Folded => ({ model, asks: [] })
const asking = (model: StatusModel, ...asks: readonly StatusAsk[]): Folded => ({ model, asks })
const leaving = (model: StatusModel): Folded => asking(model, { kind: 'leave' })

export function pressed(model: StatusModel, press: KeyPress): Folded {
  if (press.kind === 'interrupt') return leaving(model)
  if (model.overlay) return pressedOver(model, model.overlay, press)
  if (model.typing) return only(typed(model, press))
  const motion = motionOf(press)
  if (motion) return only(moved(model, motion))
  switch (press.kind) {
    case 'character':
      return character(model, press.character)
    case 'enter':
      return only(model.selected === undefined ? model : { ...model, opened: true, pane: 'details' })
    case 'escape':
      return escaped(model)
    case 'tab':
    case 'left':
    case 'right':
      return only(otherPane(model))
    case 'click':
    case 'wheel-up':
    case 'wheel-down':
      return only(moused(model, press))
    default:
      return only(model)
  }
}

function character(model: StatusModel, letter: string): Folded {
  switch (letter) {
    case 'q':
      return leaving(model)
    case 'r':
      return asking({ ...model, isReading: true }, { kind: 'read' })
    case '/':
      return only({ ...model, typing: true, opened: false, pane: 'assets' })
    case 'h':
      return only({ ...model, pane: 'assets', opened: false })
    case 'l':
      return model.pane === 'assets' ? only(otherPane(model)) : log(model)
    case 'L':
      return log(model)
    case 'p':
    case 'm':
      return planned(model, model.selected === undefined ? [] : [model.selected])
    case 'P':
    case 'M':
      return planned(model, [])
    case 'x':
      return canceled(model)
    case 'f':
      return only({ ...model, overlay: { kind: 'failures', scroll: 0 } })
    case '?':
      return only({ ...model, overlay: { kind: 'keys', scroll: 0 } })
    default:
      return only(model)
  }
}

function moved(model: StatusModel, kind: Motion): StatusModel {
  const panes = panesOf(model)
  if (model.pane === 'details' && panes.details) {
    const scroll = model.scroll + distance(kind, panes.details.height)
    return { ...model, scroll: Math.max(0, Math.min(scroll, MOST_LINES)) }
  }
  return moveSelection(model, distance(kind, panes.assets?.height ?? 1))
}

/** More than the number of lines of any text. The drawing limits how far a text can be scrolled. */
const MOST_LINES = 1_000_000

/** If the screen has no room for the details, opens them. */
function otherPane(model: StatusModel): StatusModel {
  if (model.pane === 'details') return { ...model, pane: 'assets', opened: false }
  if (model.selected === undefined) return model
  return { ...model, pane: 'details', opened: panesOf(model).details === undefined }
}

/**
 * Goes back by one step. Escape never leaves the screen, because people press it once too often.
 */
function escaped(model: StatusModel): Folded {
  if (model.opened || model.pane === 'details') return only({ ...model, opened: false, pane: 'assets' })
  if (model.filter !== '') return only(keepSelected({ ...model, filter: '' }))
  return only({ ...model, notice: 'q leaves' })
}

function moused(model: StatusModel, press: MousePress): StatusModel {
  const { assets, details } = panesOf(model)
  const by = press.kind === 'wheel-up' ? -WHEEL : WHEEL
  if (assets && isInside(assets, press)) {
    if (press.kind !== 'click') return moveSelection({ ...model, pane: 'assets' }, by)
    const key = model.shown[model.top + press.row - assets.top]
    if (key === undefined) return model
    return key === model.selected
      ? { ...model, opened: true, pane: 'details' }
      : choose({ ...model, pane: 'assets' }, key)
  }
  if (!details || !isInside(details, press)) return model
  const scroll = press.kind === 'click' ? model.scroll : Math.max(0, model.scroll + by)
  return { ...model, pane: 'details', scroll }
}

const isInside = ({ left, top, width, height }: Pane, { column, row }: MousePress): boolean =>
  column >= left && column < left + width && row >= top && row < top + height

function typed(model: StatusModel, press: KeyPress): StatusModel {
  switch (press.kind) {
    case 'character':
      return keepSelected({ ...model, filter: model.filter + press.character })
    case 'erase':
      return keepSelected({ ...model, filter: model.filter.slice(0, -1), typing: model.filter !== '' })
    case 'enter':
      return { ...model, typing: false }
    case 'escape':
      return keepSelected({ ...model, filter: '', typing: false })
    case 'up':
    case 'down':
      return moved(model, press.kind)
    default:
      return model
  }
}

function planned(model: StatusModel, selection: readonly string[]): Folded {
  const overlay: Overlay = { kind: 'plan', selection, plan: ASKED, scroll: 0 }
  return asking({ ...model, overlay }, { kind: 'plan', selection })
}

function log(model: StatusModel): Folded {
  const runId = runOfSelected(model)
  if (runId === undefined) return only({ ...model, notice: `no run has built ${model.selected ?? 'anything'} yet` })
  return asking({ ...model, overlay: { kind: 'log', runId, run: ASKED, scroll: 0 } }, { kind: 'run', runId })
}

function canceled(model: StatusModel): Folded {
  const { started, runs } = model
  if (started && isAtWork(model)) {
    return asking({ ...model, started: { ...started, state: 'stopping' } }, { kind: 'cancel' })
  }
  const [other] = runs
  const notice = other ? `run ${other.runId} was not started here: interrupt it where it runs` : 'nothing is running'
  return only({ ...model, notice })
}

function pressedOver(model: StatusModel, overlay: Overlay, press: KeyPress): Folded {
  const scrolled = (by: number): Folded => {
    const scroll = Math.max(0, Math.min(overlay.scroll + by, MOST_LINES))
    return only({ ...model, overlay: { ...overlay, scroll } })
  }
  const closed = { ...model, overlay: undefined }
  const motion = motionOf(press)
  if (motion) return scrolled(distance(motion, model.size.height - 4))
  switch (press.kind) {
    case 'character':
      return characterOver(model, overlay, press.character)
    case 'escape':
    case 'left':
      return only(closed)
    case 'enter':
      return overlay.kind === 'plan' ? begun(closed, overlay) : only(closed)
    case 'wheel-up':
      return scrolled(-WHEEL)
    case 'wheel-down':
      return scrolled(WHEEL)
    default:
      return only(model)
  }
}

function characterOver(model: StatusModel, overlay: Overlay, letter: string): Folded {
  const closed = { ...model, overlay: undefined }
  switch (letter) {
    case 'q':
    case 'h':
      return only(closed)
    case 'm':
      return overlay.kind === 'plan' ? begun(closed, overlay) : character(closed, letter)
    case 'f':
    case 'p':
    case 'P':
    case 'M':
    case 'L':
    case 'x':
    case '?':
      return character(closed, letter)
    default:
      return only(model)
  }
}

/** Starts a run of the plan that the user sees. */
function begun(model: StatusModel, overlay: Extract<Overlay, { kind: 'plan' }>): Folded {
  if (isAtWork(model)) return only({ ...model, notice: 'a run that was started here is still at work: x cancels it' })
  if (overlay.plan.kind === 'got' && overlay.plan.value.steps.length === 0) return only(model)
  if (overlay.plan.kind !== 'got') return only({ ...model, overlay })
  const { selection } = overlay
  const started = { selection, view: undefined, state: 'running' } as const
  return asking({ ...model, started, opened: false, pane: 'assets' }, { kind: 'materialize', selection })
}
