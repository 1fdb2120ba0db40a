/** Moves the selection, and keeps it on the screen. */
import { panesOf } from './panes.ts'
import { shownKeys } from './shown-assets.ts'
import { type StatusModel, selectedStatus } from './status-model.ts'

/**
 * Shows the assets that match the filter. Selects the first one if the selected one is not shown.
 */
export function keepSelected(model: StatusModel): StatusModel {
  const shown = model.reading ? shownKeys(model.reading, model.filter) : []
  const isShown = model.selected !== undefined && shown.includes(model.selected)
  return isShown ? { ...model, shown } : choose({ ...model, shown }, shown[0])
}

export function moveSelection(model: StatusModel, by: number): StatusModel {
  const { shown, selected } = model
  const index = (selected === undefined ? -1 : shown.indexOf(selected)) + by
  return choose(model, shown[Math.max(0, Math.min(shown.length - 1, index))])
}

/** The details of another asset begin at their first line. */
export function choose(model: StatusModel, key: string | undefined): StatusModel {
  return key === model.selected ? model : { ...model, selected: key, scroll: 0 }
}

/** Scrolls the assets so that the selected one is on the screen. */
export function keepVisible(model: StatusModel): StatusModel {
  const height = panesOf(model).assets?.height
  if (height === undefined) return model
  const index = model.selected === undefined ? 0 : Math.max(0, model.shown.indexOf(model.selected))
  const top = Math.max(index - height + 1, Math.min(model.top, index))
  const bounded = Math.max(0, Math.min(top, model.shown.length - height))
  return bounded === model.top ? model : { ...model, top: bounded }
}

/**
 * The run to show for the selected asset: the run that builds it, or else the last one that built
 * or failed it.
 */
export function runOfSelected(model: StatusModel): string | undefined {
  const status = selectedStatus(model)
  const own = model.started?.view
  if (own && status && own.indexes.has(status.key)) return own.runId
  return status?.state === 'running'
    ? (status.runId ?? undefined)
    : (status?.failure?.runId ?? status?.runId ?? undefined)
}
