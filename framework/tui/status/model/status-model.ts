/** Declares the state of the status screen, the events that change it, and its requests. */
import type { AssetGraph } from '../../../graph/asset-graph.ts'
import type { PlanWithWarnings } from '../../../report/plan-text.ts'
import type { RunView } from '../../../report/run/run-view.ts'
import type { AssetFacts } from '../../../report/tables/asset-facts.ts'
import type { RunEvent } from '../../../run/events.ts'
import type { Size } from '../../frame.ts'
import type { KeyPress } from '../../key-press.ts'
import { orderOf } from './shown-assets.ts'
import type { StatusReading } from './status-source.ts'

/** What is known before the first reading. */
export interface Opening {
  readonly lake: string
  readonly graph: AssetGraph
}

export interface StatusModel {
  readonly size: Size
  readonly opening: Opening
  /** undefined until the first reading. */
  readonly reading: StatusReading | undefined
  readonly isReading: boolean
  /** Why the last reading failed. The screen still shows the previous one. */
  readonly problem: string | undefined
  /** The keys of the assets in their order on the screen, as far as the filter shows them. */
  readonly shown: readonly string[]
  /** The key of the selected asset. It stays selected in the next reading. */
  readonly selected: string | undefined
  /** Number of assets above the first one on the screen. */
  readonly top: number
  readonly filter: string
  /** True while the user types a filter. */
  readonly typing: boolean
  readonly pane: 'assets' | 'details'
  /** Whether the details have the whole screen. */
  readonly opened: boolean
  /** Number of lines above the first line of the details on the screen. */
  readonly scroll: number
  readonly facts: AssetFacts | undefined
  readonly overlay: Overlay | undefined
  /** The runs of other processes that have not ended. */
  readonly runs: readonly RunView[]
  readonly started: StartedRun | undefined
  /** One line about the last key. The next key removes it. */
  readonly notice: string | undefined
}

/** A run that the user has started from this screen. */
interface StartedRun {
  readonly selection: readonly string[]
  /** undefined before its first event. */
  readonly view: RunView | undefined
  readonly state: 'running' | 'stopping' | 'ended'
}

export type Overlay = { readonly scroll: number } & (
  | { readonly kind: 'keys' | 'failures' }
  | { readonly kind: 'plan'; readonly selection: readonly string[]; readonly plan: Answer<PlanWithWarnings> }
  | { readonly kind: 'log'; readonly runId: string; readonly run: Answer<RunView> }
)

export type Answer<Value> =
  | { readonly kind: 'asked' }
  | { readonly kind: 'got'; readonly value: Value }
  | { readonly kind: 'failed'; readonly problem: string }

export const ASKED = { kind: 'asked' } as const

export type StatusEvent =
  | { readonly kind: 'key'; readonly press: KeyPress }
  | { readonly kind: 'resized'; readonly size: Size }
  | { readonly kind: 'read'; readonly reading: StatusReading }
  | { readonly kind: 'read-failed'; readonly problem: string }
  /** It is time for the next reading. */
  | { readonly kind: 'due' }
  | { readonly kind: 'runs'; readonly runs: readonly RunView[] }
  | { readonly kind: 'facts'; readonly facts: AssetFacts }
  | { readonly kind: 'planned'; readonly selection: readonly string[]; readonly plan: Answer<PlanWithWarnings> }
  | { readonly kind: 'run-read'; readonly runId: string; readonly run: Answer<RunView> }
  /** The run that was started from this screen. */
  | { readonly kind: 'run-event'; readonly event: RunEvent }
  | { readonly kind: 'run-ended'; readonly message: string | undefined }

/** What the screen requests from outside. */
export type StatusAsk =
  | { readonly kind: 'read' | 'cancel' | 'leave' }
  | { readonly kind: 'facts'; readonly key: string }
  | { readonly kind: 'plan' | 'materialize'; readonly selection: readonly string[] }
  | { readonly kind: 'run'; readonly runId: string }

export interface Folded {
  readonly model: StatusModel
  readonly asks: readonly StatusAsk[]
}

export function openingModel(size: Size, opening: Opening): StatusModel {
  return {
    ...{ size, opening },
    reading: undefined,
    isReading: true,
    problem: undefined,
    ...{ shown: orderOf(opening.graph), selected: undefined, top: 0, filter: '', typing: false },
    ...{ pane: 'assets', opened: false, scroll: 0, facts: undefined, overlay: undefined },
    ...{ runs: [], started: undefined, notice: undefined },
  }
}

/** The report's entry of the selected asset. */
export function selectedStatus({ reading, selected }: StatusModel) {
  return reading?.report.assets.find(({ key }) => key === selected)
}

/** Whether the run that was started here is still at work. */
export const isAtWork = ({ started }: StatusModel): boolean => started !== undefined && started.state !== 'ended'
