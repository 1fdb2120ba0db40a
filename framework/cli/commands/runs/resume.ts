import { LakeError } from '../../../errors.ts'
import { activeClaims } from '../../../run/claims.ts'
import type { RunEvent, RunStarted } from '../../../run/events.ts'
import { knownRun, readRun } from '../../../run/run-log.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { type MaterializeFlags, materializeProject } from './materialize.ts'

/**
 * What the run was asked for is brought up to date, by a new run: what it has published is fresh, and what it left running on a cluster is taken
 * up. Throws `held` while the run is still at work.
 */
export interface ResumeValues {
  readonly id: string
}

export async function resumeCommand(context: CommandContext, { id }: ResumeValues): Promise<ExitStatus> {
  const project = await projectOf(context)
  const { places } = project
  const runId = await knownRun(places.lake, id)
  const events = await readRun(places.lake, runId)
  const working = (await activeClaims(places.lake)).find((claim) => claim.runId === runId)
  if (working) {
    throw new LakeError(
      'held',
      `${runId} is still at work, on ${working.host} (process ${working.pid}). Wait for it, or end it first.`,
    )
  }
  const started = events.find((event) => event.type === 'run-started')
  if (!started)
    throw new LakeError('usage', `${runId} was killed before it said what it was asked for; run lake materialize`)
  const { selection, flags } = remaining(started, events)
  return materializeProject(context, project, { ...flags, selection })
}

interface Remaining {
  readonly selection: readonly string[]
  readonly flags: MaterializeFlags
}

/** What was to be rebuilt whatever its state, and has not been, is so still. */
function remaining({ selection, steps }: RunStarted, events: readonly RunEvent[]): Remaining {
  const done = new Set(
    events.flatMap((event) => (event.type === 'step-finished' && isDone(event.outcome) ? [event.asset] : [])),
  )
  const forced = steps.filter(({ asset, causes }) => !done.has(asset) && causes.some(({ kind }) => kind === 'forced'))
  if (forced.length === 0) return { selection, flags: {} }
  return { selection: forced.map(({ asset }) => asset), flags: { full: true } }
}

const isDone = (outcome: string): boolean => ['materialized', 'unchanged', 'fresh'].includes(outcome)
