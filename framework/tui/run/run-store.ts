/** Keeps the current state of a run for its screen. */
import { foldEvent, type RunView } from '../../report/run/run-view.ts'
import type { EventSink } from '../../run/events.ts'

/**
 * Folds events as they come. The screen reads the state when it draws, however many events came in
 * between.
 */
export interface RunStore {
  readonly emit: EventSink
  /** Returns undefined before the first event. */
  view(): RunView | undefined
  /** Records that the run is stopping. */
  stop(): void
  isStopping(): boolean
}

export function createRunStore(): RunStore {
  let view: RunView | undefined
  let stopping = false
  return {
    emit: (event) => {
      view = foldEvent(view, event)
    },
    view: () => view,
    stop: () => {
      stopping = true
    },
    isStopping: () => stopping,
  }
}
