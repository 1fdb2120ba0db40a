import { callFailure } from './call-failure.ts'
import type { EmrClock } from './clock.ts'

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000
const REPEATS = 8
/** EMR's lists lag behind what was just made. */
const LAG_MS = 10_000

export interface RetryPolicy {
  readonly clock: EmrClock
  /** From 0 up to 1, for jitter. */
  readonly random: () => number
}

/** For calls that do no harm when they are made twice: throttling, lost answers and failures of the service are sat out for some minutes. */
export async function withRetries<Result>(patience: RetryPolicy, call: () => Promise<Result>): Promise<Result> {
  for (let failures = 1; ; failures++) {
    try {
      return await call()
    } catch (error) {
      if (callFailure(error) === 'refused' || failures > REPEATS) throw error
    }
    await waitAfter(failures, patience)
  }
}

export interface Making<Made> {
  make(): Promise<Made>
  /** Looks whether an earlier `make` had its effect, though it failed. */
  find(): Promise<Made | undefined>
  /** Called before `make` is tried again though an earlier one may still have its effect. */
  unclear?(): Promise<void>
  /** Once aborted, it is looked for and not made again. */
  readonly signal: AbortSignal
}

/** For calls that make something new each time they are made: it is made once. Throws where it was not made, or that cannot be found out. */
export async function makeOnce<Made>(
  patience: RetryPolicy,
  { make, find, unclear, signal }: Making<Made>,
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
    await waitAfter(failures, patience, signal)
    if (failure === 'unclear') {
      const found = (await find()) ?? (await lagged(patience, find))
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
  const longest = Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS)
  return clock.wait(longest * (0.5 + random() / 2), signal)
}
