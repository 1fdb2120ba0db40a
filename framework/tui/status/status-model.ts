import type { AssetStatus, StatusReport } from '../../report/status.ts'

/** What the status view shows, and what its keys have made of it. */
export interface StatusModel {
  /** Undefined until it was first read. */
  readonly report: StatusReport | undefined
  readonly readAt: Date | undefined
  /** Why it could not be read again; what was read before is still shown. */
  readonly problem: string | undefined
  readonly reading: boolean
  /** The key of the asset that the details are about; it stays the same when the report is read again. */
  readonly selected: string | undefined
  readonly filter: string
  /** Keys go into the filter. */
  readonly typing: boolean
  readonly leaving: boolean
  /** How often it was asked to read again. */
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
  /** `page` is the number of assets that are seen at once. */
  | { readonly kind: 'key'; readonly press: KeyPress; readonly page: number }

/** Pure: the model after something happened. */
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

/** The assets that the filter lets through: those with all of its words in their key, kind or state. */
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
      return moved(model, -1)
    case 'down':
      return moved(model, 1)
    case 'page-up':
      return moved(model, -page)
    case 'page-down':
      return moved(model, page)
    case 'home':
      return moved(model, Number.NEGATIVE_INFINITY)
    case 'end':
      return moved(model, Number.POSITIVE_INFINITY)
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
      return moved(model, 1)
    case 'k':
      return moved(model, -1)
    case 'g':
      return moved(model, Number.NEGATIVE_INFINITY)
    case 'G':
      return moved(model, Number.POSITIVE_INFINITY)
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
      return moved(model, -1)
    case 'down':
      return moved(model, 1)
    case 'page-up':
    case 'page-down':
    case 'home':
    case 'end':
      return model
  }
}

function moved(model: StatusModel, by: number): StatusModel {
  const assets = shownAssets(model)
  const place = assets.findIndex(({ key }) => key === model.selected) + by
  const selected = assets[Math.max(0, Math.min(assets.length - 1, place))]
  return selected ? { ...model, selected: selected.key } : model
}

/** Selects the first asset where the selected one is no longer shown. */
function keepSelected(model: StatusModel): StatusModel {
  const assets = shownAssets(model)
  if (assets.some(({ key }) => key === model.selected)) return model
  return { ...model, selected: assets[0]?.key }
}
