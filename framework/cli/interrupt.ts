/** Before there is anything to cancel, a signal just ends the program, with the exit status of the Contract. */
const leave = () => process.exit(130)

export function leaveOnSignals(): void {
  process.on('SIGINT', leave)
  process.on('SIGTERM', leave)
}

/**
 * Runs `work` with a signal that SIGINT and SIGTERM abort: nothing new is begun, and what runs is cancelled. A second one of them
 * leaves at once, with what is half done left for the next run to clear.
 */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) leave()
    controller.abort()
  }
  swapHandlers(leave, onSignal)
  try {
    return await work(controller.signal)
  } finally {
    swapHandlers(onSignal, leave)
  }
}

function swapHandlers(from: () => void, to: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, from).on(signal, to)
}
