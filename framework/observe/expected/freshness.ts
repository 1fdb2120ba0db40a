/** Decides whether an asset is overdue. */
import { durationMs } from '../../declare/runs/duration.ts'
import type { ResolvedAsset } from '../../graph/resolved-asset.ts'
import type { TableState } from '../observation.ts'

/** An expectation about the age of the newest version, and whether it holds. */
export interface FreshnessState {
  /** As declared: `26h`. */
  readonly within: string
  /** When the newest version becomes too old: ISO 8601, UTC. null if there is no version. */
  readonly dueAt: string | null
  readonly overdue: boolean
}

/** Undefined if the asset declares none. An asset without a version is overdue. */
export function freshnessOf(
  { declared }: ResolvedAsset,
  state: Pick<TableState, 'committedAt'> | undefined,
  now: Date,
): FreshnessState | undefined {
  const { freshness } = declared.expectations
  if (!freshness) return undefined
  const { within } = freshness
  if (!state) return { within, dueAt: null, overdue: true }
  const dueAt = new Date(state.committedAt.getTime() + durationMs(within))
  return { within, dueAt: dueAt.toISOString(), overdue: dueAt < now }
}

/** Describes the expectation as a check: `the newest version is at most 26h old`. */
export const freshnessWords = (within: string): string => `the newest version is at most ${within} old`
