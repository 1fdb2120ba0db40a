/** What SIGINT and SIGTERM do: end the program, or cancel what it is doing. */
import { interrupted } from '../run/interrupted.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Before there is anything to cancel, a signal just ends the program, with the exit status of the Contract. */
const leave = () => process.exit(130)

/**
 * What the one listener does. The listener itself stays from the first moment to the last: Node drops a signal that arrives while it is busy
 * and finds no listener afterwards, not even for a moment.
 */
let onSignal: () => void = leave

export function leaveOnSignals(): void {
  for (const signal of SIGNALS) process.on(signal, () => onSignal())
}

/**
 * Runs `work` with a signal that SIGINT and SIGTERM abort: nothing new is begun, and what runs is cancelled. A second one of them
 * leaves at once, with what is half done left for the next run to clear. `onFirst` is called with the first one, at once.
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

/** As `interruptible`, for work that changes nothing: once it is interrupted it has no result, whatever came of it. */
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
