/** Keeps the current state of a run for its screen. */
import { foldEvent, type RunView } from '../../report/run/run-view.ts'
import type { EventSink } from '../../run/events.ts'
import type { PastDurations } from '../../run/progress/past-durations.ts'
import { type Scrolled, scrolledBy } from './scrolled.ts'

/** What a screen draws. */
export interface RunState {
  /** Undefined before the first event. */
  readonly view: RunView | undefined
  /** The lines that were left so far. This list only grows. */
  readonly scrolled: readonly Scrolled[]
  readonly past: PastDurations | undefined
  readonly stopping: boolean
  /** Whether nothing is in progress any more. */
  readonly ended: boolean
}

/**
 * Folds each event when it comes. The screen reads the state when it draws, even if several events
 * came in between.
 */
export interface RunStore {
  readonly emit: EventSink
  state(): RunState
  expect(past: PastDurations): void
  /** Records that the run is stopping. */
  stop(): void
  /** Records that no event follows. */
  end(): void
}

export function createRunStore(): RunStore {
  const scrolled: Scrolled[] = []
  let state: RunState = { view: undefined, scrolled, past: undefined, stopping: false, ended: false }
  return {
    emit: (event) => {
      const view = foldEvent(state.view, event)
      scrolled.push(...scrolledBy(event, view))
      state = { ...state, view }
    },
    state: () => state,
    expect: (past) => {
      state = { ...state, past }
    },
    stop: () => {
      state = { ...state, stopping: true }
    },
    end: () => {
      state = { ...state, ended: true }
    },
  }
}
