/**
 * Declares what a table's provenance keeps of its last refreshes: how long they took for how many
 * rows.
 */

/** `follow`: an increment. `rebuild`: a full refresh. */
export type RefreshMode = 'follow' | 'rebuild'

export interface RefreshSample {
  readonly mode: RefreshMode
  /** The engine that ran it. */
  readonly engine: string
  /** The rows that it was estimated to visit, in its mode. */
  readonly visits: number
  /** How long the engine took. */
  readonly milliseconds: number
}

/** Samples of each mode that a table keeps. */
const KEPT = 3

/** The samples with a new one at the end, and without the oldest of its mode. */
export function withSample(samples: readonly RefreshSample[], sample: RefreshSample): readonly RefreshSample[] {
  const same = samples.filter(({ mode }) => mode === sample.mode)
  const dropped = new Set(same.slice(0, Math.max(0, same.length + 1 - KEPT)))
  return [...samples.filter((kept) => !dropped.has(kept)), sample]
}
