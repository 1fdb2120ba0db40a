/** Writes a message to hooks as the `text` that chat services show. */
import type { FinishedRun } from '../../declare/runs/hooks.ts'
import { count, counted, duration } from '../../report/layout/format-numbers.ts'
import { firstLine, printable } from '../../text/printable.ts'
import type { HookMessage } from './hook-messages.ts'

/** Maximum number of failed assets that a text names. */
const NAMED = 5

export function chatText({ event, facts }: HookMessage): string {
  switch (event) {
    case 'run-finished':
    case 'run-failed':
      return runText(facts)
    case 'asset-failed':
      return `lake: ${facts.asset} failed. ${firstLine(facts.error.message)}\nlake run ${facts.runId}`
    case 'check-failed': {
      const kind = facts.severity === 'warn' ? 'a check warns' : 'a check failed'
      return printable(`lake: ${kind} for ${facts.asset}: "${facts.check}", ${facts.message}`)
    }
  }
}

function runText({ runId, lake, status, durationMs, assets, error }: FinishedRun): string {
  const counts = new Map<string, number>()
  for (const { outcome } of assets) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  const outcomes = [...counts].map(([outcome, number]) => `${count(number)} ${outcome}`).join(', ')
  const rows = assets.reduce((sum, { rowsWritten }) => sum + rowsWritten, 0)
  const failed = assets.filter(({ outcome }) => outcome === 'failed').map(({ key }) => key)
  const named = failed.slice(0, NAMED).join(', ') + (failed.length > NAMED ? `, +${failed.length - NAMED} more` : '')
  return [
    `lake: the run on ${lake} ${status} in ${duration(durationMs)}: ${outcomes}; ${counted(rows, 'row')} written.`,
    ...(failed.length > 0 ? [`Failed: ${named}.`] : []),
    ...(error ? [firstLine(error.message)] : []),
    `lake run ${runId}`,
  ].join('\n')
}
