/** Describes the end of a tick, for the lake and for the log. */
import type { ErrorReport } from '../../run/error-report.ts'
import type { RefreshEnded, RefreshFailed, RefreshSkipped } from '../schedule-events.ts'
import type { Refreshed } from './refresh.ts'
import type { EndedTick, TickOutcome } from './tick-store.ts'

export function outcomeOf(result: Refreshed): TickOutcome {
  switch (result.kind) {
    case 'ran':
      return result.status
    case 'fresh':
      return 'fresh'
    case 'not-run':
      return result.error.code === 'held' ? 'skipped' : 'failed'
  }
}

/**
 * Maximum length of a stored message, in characters. The log of the run has the complete message.
 */
const MAX_MESSAGE = 4_000

/** The end of a refresh as the document of the tick stores it. */
export function recordedEnd(result: Refreshed): Pick<EndedTick, 'runId' | 'error'> {
  if (result.kind === 'fresh') return {}
  const { runId } = result.kind === 'ran' ? result : {}
  return { ...(runId !== undefined && { runId }), ...(result.error && { error: shortened(result.error) }) }
}

const shortened = ({ code, message, asset }: ErrorReport): ErrorReport => ({
  ...{ code, message: message.slice(0, MAX_MESSAGE) },
  ...(asset !== undefined && { asset }),
})

type RefreshOutcome =
  | Omit<RefreshEnded, keyof About>
  | Omit<RefreshSkipped, keyof About>
  | Omit<RefreshFailed, keyof About>

type About = Pick<RefreshEnded, 'at' | 'schedule' | 'due' | 'durationMs'>

export function endingOf(result: Refreshed): RefreshOutcome {
  switch (result.kind) {
    case 'ran': {
      const { status, runId, error } = result
      return { type: 'refresh-ended', status, ...(runId !== undefined && { runId }), ...(error && { error }) }
    }
    case 'fresh':
      return { type: 'refresh-skipped', reason: 'nothing is stale' }
    case 'not-run': {
      const { error } = result
      if (error.code !== 'held') return { type: 'refresh-failed', error }
      return { type: 'refresh-skipped', reason: 'held by another run', message: error.message }
    }
  }
}
