/** Decides which call to EMR a cluster's poller makes next, and how long it waits before that. */
import type { CallFailure } from '../api/call-failure.ts'
import { type ClusterView, isStarting, isTerminated, isTerminating } from '../api/cluster-view.ts'

/** Pause between two calls while a step is about to end. */
const ENDING_PAUSE_MS = 4_000
/** Maximum pause after failed calls, before jitter. */
const MAX_PAUSE_MS = 120_000
/** How long to wait from one count of the instances to the next. */
const COUNT_EVERY_MS = 3 * 60_000
/**
 * How long EMR can refuse calls before the steps fail: expired credentials can be renewed in this
 * time.
 */
const MAX_REFUSED_MS = 15 * 60_000
/** Number of lists of steps that are read between two descriptions of the cluster. */
const LISTS_BETWEEN_DESCRIPTIONS = 4
/** Maximum number of step ids that one ListSteps call takes. */
const MAX_STEP_IDS = 10

/** `finish` reads the steps of a terminated cluster for the last time. */
type PollerCall = 'finish' | 'count-instances' | 'describe-cluster' | 'list-steps'

export interface PollerState {
  /** As last seen. */
  readonly cluster: ClusterView
  /** Whether a polled step was canceled or is about to end by itself. */
  readonly isEndNear: boolean
  /** Lists of steps that were read since the cluster was last described. */
  readonly listsSinceDescription: number
  /** Undefined when the run does not count the cluster's instances. */
  readonly count: CountProgress | undefined
}

export interface CountProgress {
  /** Whether some pages have been read and others have not. */
  readonly isUnderway: boolean
  /** When the last page was requested: milliseconds since the epoch. */
  readonly lastAt: number
}

export function nextCall(state: PollerState, now: number): PollerCall {
  const { cluster, isEndNear, listsSinceDescription } = state
  if (isTerminated(cluster)) return 'finish'
  if (isCountDue(state, now)) return 'count-instances'
  // A step that is about to end has run, so its cluster has started since its last description.
  if (isStarting(cluster) && !isEndNear) return 'describe-cluster'
  const maxLists = isTerminating(cluster) ? 1 : LISTS_BETWEEN_DESCRIPTIONS
  return listsSinceDescription >= maxLists ? 'describe-cluster' : 'list-steps'
}

function isCountDue({ cluster, isEndNear, count }: PollerState, now: number): boolean {
  if (!count || isStarting(cluster) || isTerminating(cluster) || isEndNear) return false
  return count.isUnderway || now - count.lastAt >= COUNT_EVERY_MS
}

interface PauseContext {
  /** Configured pause between two calls. */
  readonly pauseMs: number
  readonly isEndNear: boolean
  /** Number of the last calls that failed one after the other. */
  readonly failures: number
  /** From 0 up to 1. It adds up to a fifth to the pause. */
  readonly jitter: number
}

/** Milliseconds until the next call. */
export function nextPauseMs({ pauseMs, isEndNear, failures, jitter }: PauseContext): number {
  const stretched = 1 + jitter / 5
  if (failures > 0) return Math.min(pauseMs * 2 ** failures, MAX_PAUSE_MS) * stretched
  return (isEndNear ? endingPauseMs(pauseMs) : pauseMs) * stretched
}

/** The pause between two calls while a step is about to end. */
export const endingPauseMs = (pauseMs = ENDING_PAUSE_MS): number => Math.min(ENDING_PAUSE_MS, pauseMs)

/** The calls that failed since the last one that succeeded. */
export interface PollFailures {
  readonly count: number
  /**
   * Since when EMR has refused every call, in milliseconds since the epoch. Undefined if the last
   * call was not refused.
   */
  readonly refusedSince: number | undefined
}

export const NO_FAILURES: PollFailures = { count: 0, refusedSince: undefined }

export function afterFailure(failures: PollFailures, failure: CallFailure, now: number): PollFailures {
  return {
    count: failures.count + 1,
    refusedSince: failure === 'refused' ? (failures.refusedSince ?? now) : undefined,
  }
}

/** Whether the poller gives up, because EMR has refused every call for `MAX_REFUSED_MS`. */
export function isGivenUp({ refusedSince }: PollFailures, now: number): boolean {
  return refusedSince !== undefined && now - refusedSince >= MAX_REFUSED_MS
}

/** One pass over the cluster's list of steps, from the newest on, with one page per call. */
export interface StepSweep {
  /** Ids of the polled steps that no page has shown yet. */
  readonly unseen: ReadonlySet<string>
  /** Where the next page begins; undefined for the first. */
  readonly marker: string | undefined
}

type StepListing =
  | { readonly kind: 'by-id'; readonly ids: readonly string[] }
  | { readonly kind: 'page'; readonly sweep: StepSweep }

/**
 * What to list: the polled steps by their ids. If they are too many for one call, the next page
 * of the list.
 */
export function nextListing(ids: readonly string[], sweep: StepSweep | undefined): StepListing {
  if (ids.length <= MAX_STEP_IDS) return { kind: 'by-id', ids }
  return { kind: 'page', sweep: sweep ?? { unseen: new Set(ids), marker: undefined } }
}

/** The rest of the pass; undefined if all its steps were seen or the list has ended. */
export function afterPage(
  { unseen }: StepSweep,
  listed: readonly string[],
  marker: string | undefined,
): StepSweep | undefined {
  const rest = new Set([...unseen].filter((id) => !listed.includes(id)))
  return rest.size > 0 && marker !== undefined ? { unseen: rest, marker } : undefined
}
