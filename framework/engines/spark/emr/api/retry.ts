/** Repeats failed calls to EMR. Creates nothing twice. */
import { callFailure } from './call-failure.ts'
import type { EmrClock } from './clock.ts'

const FIRST_WAIT_MS = 1_000
const MAX_WAIT_MS = 30_000
/** Maximum number of repeats of a call. */
const REPEATS = 8
/** How long EMR's lists can lag behind what was just created. */
const LAG_MS = 10_000

export interface RetryPolicy {
  readonly clock: EmrClock
  /** From 0 up to 1, for jitter. */
  readonly random: () => number
}

/**
 * Makes a call that is safe to repeat. Repeats it for some minutes while it is throttled, fails, or
 * loses its answer.
 */
export async function withRetries<Result>(policy: RetryPolicy, call: () => Promise<Result>): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await call()
    } catch (error) {
      if (callFailure(error) === 'refused' || failures > REPEATS) throw error
    }
    await waitAfter(failures, policy)
  }
}

interface MakeOptions<Made> {
  make(): Promise<Made>
  /** Finds what an earlier `make` made although it failed. */
  find(): Promise<Made | undefined>
  /** Called if a failed `make` may have taken effect, or may still take effect. */
  unclear?(): Promise<void>
  /** After an abort, `find` is still called, but `make` is not. */
  readonly signal: AbortSignal
}

/**
 * Makes a call that creates something new each time, so that only one thing is created. Throws if
 * it was not created, or if that is unknown.
 */
export async function makeOnce<Made>(
  policy: RetryPolicy,
  { make, find, unclear, signal }: MakeOptions<Made>,
): Promise<Made> {
  for (let failures = 1; ; failures++) {
    let failed: unknown
    try {
      return await make()
    } catch (error) {
      failed = error
    }
    const failure = callFailure(failed)
    if (failure === 'refused') throw failed
    if (failure === 'unclear') await unclear?.()
    await waitAfter(failures, policy, signal)
    if (failure === 'unclear') {
      const found = (await find()) ?? (await lagged(policy, find))
      if (found !== undefined) return found
    }
    if (failures > REPEATS || signal.aborted) throw failed
  }
}

async function lagged<Made>({ clock }: RetryPolicy, find: () => Promise<Made | undefined>): Promise<Made | undefined> {
  await clock.wait(LAG_MS)
  return find()
}

function waitAfter(failures: number, { clock, random }: RetryPolicy, signal?: AbortSignal): Promise<void> {
  const maxWait = Math.min(FIRST_WAIT_MS * 2 ** failures, MAX_WAIT_MS)
  return clock.wait(maxWait * (0.5 + random() / 2), signal)
}
