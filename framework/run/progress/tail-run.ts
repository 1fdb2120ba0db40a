/** Tails the log of a run of another process. */
import { isLocal } from '../../storage/is-local.ts'
import type { Storage } from '../../storage/storage.ts'
import { activeClaims } from '../claims/open-claims.ts'
import type { EventSink, RunStatus } from '../events.ts'
import { readRun } from '../run-log.ts'
import type { Timing } from '../timing.ts'

/** Pauses between two looks, in milliseconds. A run stores its log every second. */
const LOCAL_PAUSE_MS = 300
const PAUSE_MS = 1_000
/** Minimum pause, as a multiple of the duration of the last look: a long log is read anew. */
const PAUSE = 10
/**
 * Number of looks without news after which the claims are read. They show whether the run is alive.
 */
const QUIET_LOOKS = 5

interface TailRequest {
  readonly lake: Storage
  readonly runId: string
  readonly timing: Timing
  /** Ends the tailing, but not the run. */
  readonly signal: AbortSignal
}

/** `dead`: the process of the run ended without recording an end. `left`: the signal came first. */
type TailEnd = { readonly kind: 'ended'; readonly status: RunStatus } | { readonly kind: 'dead' | 'left' }

/**
 * Reports the events so far, and then each as soon as the run has stored it. Throws `usage` if the
 * lake has no such run.
 */
export async function tailRun({ lake, runId, timing, signal }: TailRequest, emit: EventSink): Promise<TailEnd> {
  const pause = isLocal(lake) ? LOCAL_PAUSE_MS : PAUSE_MS
  let [seen, quiet, wasHeld] = [0, 0, true]
  while (!signal.aborted) {
    const beganAt = timing.now().getTime()
    const events = await readRun(lake, runId)
    for (const event of events.slice(seen)) emit(event)
    const end = events.find((event) => event.type === 'run-finished')
    if (end) return { kind: 'ended', status: end.status }
    quiet = events.length > seen ? 0 : quiet + 1
    seen = Math.max(seen, events.length)
    // A run completes its log before it releases its claims. This log was read after the claims
    // were missing, so it is complete.
    if (quiet > 0 && !wasHeld) return { kind: 'dead' }
    wasHeld = quiet === 0 || quiet % QUIET_LOOKS > 0 || (await isHeld(lake, runId))
    await timing.sleep(Math.max(pause, PAUSE * (timing.now().getTime() - beganAt)), signal)
  }
  return { kind: 'left' }
}

async function isHeld(lake: Storage, runId: string): Promise<boolean> {
  return (await activeClaims(lake)).some((claim) => claim.runId === runId)
}
