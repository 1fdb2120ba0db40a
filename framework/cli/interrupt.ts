/** Handles SIGINT and SIGTERM: ends the program, or cancels its work. */
import { interrupted } from '../run/interrupted.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Ends the program at once, while there is no work to cancel. */
const leave = () => process.exit(130)

/**
 * What the only listener of signals does. The listener itself is never removed: a signal would be
 * lost if it arrived while Node is busy, and the listener was removed before Node handled it.
 */
let onSignal: () => void = leave

export function leaveOnSignals(): void {
  for (const signal of SIGNALS) process.on(signal, () => onSignal())
}

/**
 * Runs `work` with an AbortSignal that SIGINT and SIGTERM abort. A second SIGINT or SIGTERM ends
 * the program at once; the next run then removes what is half done. Calls `onFirst` at the first
 * one.
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  onFirst: () => void = () => undefined,
): Promise<Result> {
  const controller = new AbortController()
  const before = onSignal
  onSignal = () => {
    if (controller.signal.aborted) leave()
    controller.abort()
    onFirst()
  }
  try {
    return await work(controller.signal)
  } finally {
    onSignal = before
  }
}

/**
 * Does the same for work that changes nothing. Throws `interrupted` after a signal, even if the
 * work has finished.
 */
export function interruptibleReading<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  return interruptible(async (signal) => {
    const end = (error: unknown) => (signal.aborted ? interrupted('Nothing was changed.') : error)
    const result = await work(signal).catch((error) => {
      throw end(error)
    })
    if (signal.aborted) throw end(undefined)
    return result
  })
}
