/** Derives the messages to hooks from the events of a run. */
import type { BrokenCheck, FailedAsset, FailureFacts, FinishedRun } from '../../declare/runs/hooks.ts'
import { type FailedCheck, failedChecksIn, failedChecksOf } from '../../run/error-details.ts'
import type { ErrorReport } from '../../run/error-report.ts'
import type { RunEvent, RunFinished, RunStarted, StepFinished } from '../../run/events.ts'

/** A message to hooks: an event and its facts. */
export type HookMessage =
  | { readonly event: 'run-finished' | 'run-failed'; readonly facts: FinishedRun }
  | { readonly event: 'asset-failed'; readonly facts: FailedAsset }
  | { readonly event: 'check-failed'; readonly facts: BrokenCheck }

/** Returns a fold: it gets the events of one run in order, and returns the messages of each. */
export function messagesOfRun(): (event: RunEvent) => readonly HookMessage[] {
  let started: RunStarted | undefined
  return (event) => {
    const lake = started?.lake ?? ''
    switch (event.type) {
      case 'run-started':
        started = event
        return []
      case 'step-warned':
        return failedCheckMessages(failedChecksIn(event.details), { ...event, lake })
      case 'step-finished':
        return event.error ? failedStep(event, event.error, lake) : []
      case 'run-finished':
        return started ? [finishedRun(event, started)] : []
      default:
        return []
    }
  }
}

function failedStep({ runId, asset, at }: StepFinished, error: ErrorReport, lake: string): readonly HookMessage[] {
  const failed: HookMessage = { event: 'asset-failed', facts: { runId, lake, asset, at, error: failureFacts(error) } }
  return [...failedCheckMessages(failedChecksOf(error), { runId, lake, asset, at }), failed]
}

function finishedRun({ runId, status, at, durationMs, assets, error }: RunFinished, started: RunStarted): HookMessage {
  return {
    event: status === 'failed' ? 'run-failed' : 'run-finished',
    facts: {
      ...{ runId, lake: started.lake, status, startedAt: started.at, finishedAt: at, durationMs },
      selection: started.selection,
      assets: assets.map(({ key, outcome, version, rowsWritten }) => ({ key, outcome, version, rowsWritten })),
      ...(error && { error: failureFacts(error) }),
    },
  }
}

const failureFacts = ({ code, message, remedy, asset }: ErrorReport): FailureFacts => ({
  ...{ code, message },
  ...(remedy !== undefined && { remedy }),
  ...(asset !== undefined && { asset }),
})

type Found = Pick<BrokenCheck, 'runId' | 'lake' | 'asset' | 'at'>

export function failedCheckMessages(
  failed: readonly FailedCheck[],
  { runId, lake, asset, at }: Found,
): readonly HookMessage[] {
  return failed.map(({ check, severity, rows, explanation }) => {
    const message = explanation ?? `it fails for ${rows} ${rows === 1 ? 'row' : 'rows'}`
    return { event: 'check-failed', facts: { runId, lake, asset, at, check, severity, rows, message } }
  })
}
