/** Derives from the events of a run what its hooks are told. */
import type { BrokenCheck, FailedAsset, FinishedRun, ToldError } from '../../declare/runs/hooks.ts'
import type { ErrorReport } from '../../run/error-report.ts'
import type { RunEvent, RunFinished, RunStarted, StepFinished } from '../../run/events.ts'

/** What hooks are told. */
export type Told =
  | { readonly event: 'run-finished' | 'run-failed'; readonly facts: FinishedRun }
  | { readonly event: 'asset-failed'; readonly facts: FailedAsset }
  | { readonly event: 'check-failed'; readonly facts: BrokenCheck }

/** Returns a fold: it gets the events of one run in order, and returns what each one tells. */
export function tellRun(): (event: RunEvent) => readonly Told[] {
  let started: RunStarted | undefined
  return (event) => {
    const lake = started?.lake ?? ''
    switch (event.type) {
      case 'run-started':
        started = event
        return []
      case 'step-warned':
        return brokenChecks([event.details], { ...event, lake })
      case 'step-finished':
        return event.error ? failedStep(event, event.error, lake) : []
      case 'run-finished':
        return started ? [finishedRun(event, started)] : []
      default:
        return []
    }
  }
}

function failedStep({ runId, asset, at }: StepFinished, error: ErrorReport, lake: string): readonly Told[] {
  const details = error.code === 'check-failed' && Array.isArray(error.details) ? error.details : []
  const failed: Told = { event: 'asset-failed', facts: { runId, lake, asset, at, error: toldError(error) } }
  return [...brokenChecks(details, { runId, lake, asset, at }), failed]
}

function finishedRun({ runId, status, at, durationMs, assets, error }: RunFinished, started: RunStarted): Told {
  return {
    event: status === 'failed' ? 'run-failed' : 'run-finished',
    facts: {
      ...{ runId, lake: started.lake, status, startedAt: started.at, finishedAt: at, durationMs },
      selection: started.selection,
      assets: assets.map(({ key, outcome, version, rowsWritten }) => ({ key, outcome, version, rowsWritten })),
      ...(error && { error: toldError(error) }),
    },
  }
}

const toldError = ({ code, message, remedy, asset }: ErrorReport): ToldError => ({
  ...{ code, message },
  ...(remedy !== undefined && { remedy }),
  ...(asset !== undefined && { asset }),
})

type Found = Pick<BrokenCheck, 'runId' | 'lake' | 'asset' | 'at'>

/** Tells of each detail that describes a failed check. Other warnings have no such details. */
export function brokenChecks(details: readonly unknown[], { runId, lake, asset, at }: Found): readonly Told[] {
  return details.flatMap((detail) => {
    const failure = checkOf(detail)
    return failure ? [{ event: 'check-failed', facts: { runId, lake, asset, at, ...failure } } as const] : []
  })
}

type CheckFacts = Pick<BrokenCheck, 'check' | 'severity' | 'rows' | 'message'>

function checkOf(detail: unknown): CheckFacts | undefined {
  const { check, severity, rows, explanation } = (detail ?? {}) as Readonly<Record<string, unknown>>
  if (typeof check !== 'string' || typeof rows !== 'number') return undefined
  const message = typeof explanation === 'string' ? explanation : `it fails for ${rows} ${rows === 1 ? 'row' : 'rows'}`
  return { check, severity: severity === 'warn' ? 'warn' : 'error', rows, message }
}
