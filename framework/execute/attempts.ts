/**
 * Runs the attempts of a step: ends each one after the asset's timeout, and repeats those that
 * failed operationally.
 */
import { type Duration, durationMs } from '../declare/runs/duration.ts'
import type { Expectations, Retries } from '../declare/runs/expectations.ts'
import { LakeError } from '../errors.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { Timing } from '../run/timing.ts'

/** The defaults for assets that declare no retries or timeout. */
export type AttemptDefaults = Pick<Expectations, 'retries' | 'timeout'>

/** The policy for the attempts of a step. */
interface AttemptPolicy {
  readonly asset: string
  readonly retries: Retries
  readonly timeout: Duration | undefined
}

export function attemptPolicy({ key, declared }: ResolvedAsset, defaults: AttemptDefaults): AttemptPolicy {
  const { retries = defaults.retries ?? { attempts: 1 }, timeout = defaults.timeout } = declared.expectations
  return { asset: key, retries, timeout }
}

/** An attempt that failed and is followed by another. */
export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number
  readonly attempts: number
  /** How long the run waits before the next one. */
  readonly delayMs: number
  readonly error: unknown
}

interface AttemptContext {
  readonly signal: AbortSignal
  readonly timing: Timing
  /** Called before the run waits for the next attempt. */
  readonly retrying: (failed: FailedAttempt) => void
}

/**
 * Returns the result of the first attempt that succeeds. Throws the failure after which no other
 * attempt follows.
 */
export async function tryStep<Result>(
  policy: AttemptPolicy,
  context: AttemptContext,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const { signal, timing, retrying } = context
  const { attempts } = policy.retries
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTime(policy, context, work)
    } catch (error) {
      if (attempt >= attempts || signal.aborted || !isOperational(error)) throw error
      const delayMs = delayAfter(attempt, policy.retries, timing.random())
      retrying({ attempt, attempts, delayMs, error })
      await timing.sleep(delayMs, signal)
      signal.throwIfAborted()
    }
  }
}

/**
 * Whether another attempt can succeed. It cannot after failed checks, errors in queries, mistakes
 * of the user and bugs.
 */
const isOperational = (error: unknown): boolean => error instanceof LakeError && error.transient

/** How long to wait after the attempt, in milliseconds. `random` is from 0 to 1. */
export function delayAfter(attempt: number, retries: Retries, random: number): number {
  const { delay = '10s', factor = 2, maxDelay = '10m', jitter = 0.5 } = retries
  const longest = Math.min(durationMs(maxDelay), durationMs(delay) * factor ** (attempt - 1))
  return Math.round(longest * (1 - jitter * random))
}

/**
 * Aborts the work after the timeout, and waits until it has stopped: two attempts never overlap.
 */
async function inTime<Result>(
  { asset, timeout }: AttemptPolicy,
  { signal, timing }: AttemptContext,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (timeout === undefined) return work(signal)
  const [ended, late] = [new AbortController(), new AbortController()]
  const timer = timing.sleep(durationMs(timeout), ended.signal).then(() => {
    if (!ended.signal.aborted) late.abort()
  })
  try {
    return await work(AbortSignal.any([signal, late.signal]))
  } catch (error) {
    throw late.signal.aborted && !signal.aborted ? timedOut(asset, timeout) : error
  } finally {
    ended.abort()
    await timer
  }
}

function timedOut(asset: string, timeout: Duration): LakeError {
  return new LakeError('timed-out', {
    problem: `${asset}: the step was ended because it took longer than its timeout of ${timeout}. Nothing was published`,
    remedy: 'Run it again, or give it a longer timeout.',
    ...{ asset, transient: true },
  })
}
