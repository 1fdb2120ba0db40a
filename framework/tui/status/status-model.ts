/** Holds the state of the status screen, and changes it with keys and readings. */
import type { AssetStatus, StatusReport } from '../../report/status.ts'

/** The state of the screen. */
export interface StatusModel {
  /** undefined until the first reading. */
  readonly report: StatusReport | undefined
  readonly readAt: Date | undefined
  /** Why the last reading failed. The screen still shows the previous report. */
  readonly problem: string | undefined
  readonly reading: boolean
  /** The key of the selected asset. It stays selected in the next report. */
  readonly selected: string | undefined
  readonly filter: string
  /** True while the user types a filter. */
  readonly typing: boolean
  readonly leaving: boolean
  /** Number of requested readings. */
  readonly refreshes: number
}

export const OPENING: StatusModel = {
  report: undefined,
  readAt: undefined,
  problem: undefined,
  reading: true,
  selected: undefined,
  filter: '',
  typing: false,
  leaving: false,
  refreshes: 0,
}

export type KeyPress =
  | { readonly kind: 'character'; readonly character: string }
  | { readonly kind: 'up' | 'down' | 'page-up' | 'page-down' | 'home' | 'end' }
  | { readonly kind: 'enter' | 'escape' | 'erase' | 'interrupt' }

export type StatusAction =
  | { readonly kind: 'refresh' }
  | { readonly kind: 'read'; readonly report: StatusReport; readonly at: Date }
  | { readonly kind: 'read-failed'; readonly problem: string }
  /** `page` is the number of assets that fit on the screen. */
  | { readonly kind: 'key'; readonly press: KeyPress; readonly page: number }

/** Returns the model after an action. Pure. */
export function statusReducer(model: StatusModel, action: StatusAction): StatusModel {
  switch (action.kind) {
    case 'refresh':
      return model.reading ? model : { ...model, reading: true, refreshes: model.refreshes + 1 }
    case 'read':
      return keepSelected({ ...model, reading: false, problem: undefined, report: action.report, readAt: action.at })
    case 'read-failed':
      return { ...model, reading: false, problem: action.problem }
    case 'key':
      return model.typing ? typed(model, action.press) : pressed(model, action.press, action.page)
  }
}

/** Returns the assets whose key, kind or state contain all words of the filter. */
export function shownAssets({ report, filter }: Pick<StatusModel, 'report' | 'filter'>): readonly AssetStatus[] {
  const words = filter.toLowerCase().split(' ').filter(Boolean)
  const assets = report?.assets ?? []
  if (words.length === 0) return assets
  return assets.filter(({ key, kind, state }) => {
    const text = `${key} ${kind} ${state}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

function pressed(model: StatusModel, press: KeyPress, page: number): StatusModel {
  switch (press.kind) {
    case 'character':
      return character(model, press.character)
    case 'up':
      return moveSelection(model, -1)
    case 'down':
      return moveSelection(model, 1)
    case 'page-up':
      return moveSelection(model, -page)
    case 'page-down':
      return moveSelection(model, page)
    case 'home':
      return moveSelection(model, Number.NEGATIVE_INFINITY)
    case 'end':
      return moveSelection(model, Number.POSITIVE_INFINITY)
    case 'escape':
      return model.filter === '' ? { ...model, leaving: true } : keepSelected({ ...model, filter: '' })
    case 'interrupt':
      return { ...model, leaving: true }
    case 'enter':
    case 'erase':
      return model
  }
}

function character(model: StatusModel, pressedCharacter: string): StatusModel {
  switch (pressedCharacter) {
    case 'q':
      return { ...model, leaving: true }
    case 'r':
      return statusReducer(model, { kind: 'refresh' })
    case '/':
      return { ...model, typing: true }
    case 'j':
      return moveSelection(model, 1)
    case 'k':
      return moveSelection(model, -1)
    case 'g':
      return moveSelection(model, Number.NEGATIVE_INFINITY)
    case 'G':
      return moveSelection(model, Number.POSITIVE_INFINITY)
    default:
      return model
  }
}

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
    case 'interrupt':
      return { ...model, leaving: true }
    case 'up':
      return moveSelection(model, -1)
    case 'down':
      return moveSelection(model, 1)
    case 'page-up':
    case 'page-down':
    case 'home':
    case 'end':
      return model
  }
}

function moveSelection(model: StatusModel, by: number): StatusModel {
  const assets = shownAssets(model)
  const index = assets.findIndex(({ key }) => key === model.selected) + by
  const selected = assets[Math.max(0, Math.min(assets.length - 1, index))]
  return selected ? { ...model, selected: selected.key } : model
}

/** Selects the first asset if the selected one is no longer shown. */
function keepSelected(model: StatusModel): StatusModel {
  const assets = shownAssets(model)
  if (assets.some(({ key }) => key === model.selected)) return model
  return { ...model, selected: assets[0]?.key }
}
