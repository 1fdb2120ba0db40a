import { foldEvent, type RunView } from '../../report/run/run-view.ts'
import type { EventSink } from '../../run/events.ts'

/** Holds what the events of a run said so far. Screens ask for it as often as they draw, however many events there are. */
export interface RunStore {
  readonly emit: EventSink
  /** Undefined before the first event. */
  view(): RunView | undefined
  /** The run was told to stop. */
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
