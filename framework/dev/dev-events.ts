/**
 * Declares what `lake dev` reports: each time that files change, a plan, then types and first rows.
 */
import type { StepDocument } from '../plan/step-document.ts'
import type { Preview } from '../preview/preview-asset.ts'

/** `at` is ISO 8601, UTC. */
export type DevEvent =
  | StepsPlanned
  | NotPlanned
  | { readonly type: 'types-checking'; readonly at: string }
  | {
      readonly type: 'types-checked'
      readonly at: string
      readonly durationMs: number
      readonly errors: readonly string[]
    }
  | { readonly type: 'previewed'; readonly at: string; readonly preview: Preview }
  | { readonly type: 'not-previewed'; readonly at: string; readonly asset: string; readonly message: string }

interface Changed {
  readonly at: string
  /** The files that changed, relative to the project. None at the beginning. */
  readonly changed: readonly string[]
  /** How long it took to load the project and to plan, in milliseconds. */
  readonly durationMs: number
}

export interface StepsPlanned extends Changed {
  readonly type: 'planned'
  readonly steps: readonly StepDocument[]
  /** Number of assets that are fresh. */
  readonly fresh: number
}

export interface NotPlanned extends Changed {
  readonly type: 'not-planned'
  readonly message: string
}

export type DevSink = (event: DevEvent) => void
