/** Runs `lake run resume`: does what an earlier run left undone. */
import { LakeError } from '../../../errors.ts'
import { activeClaims } from '../../../run/claims/open-claims.ts'
import type { RunEvent, RunStarted } from '../../../run/events.ts'
import { knownRun, readRun } from '../../../run/run-log.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { type MaterializeFlags, materializeProject } from './materialize.ts'

interface ResumeValues {
  readonly id: string
}

/**
 * Starts a new run with the selection of the old one. What the old run published is fresh, and the
 * new run adopts the drivers that still work. Throws `held` while the old run is still at work.
 */
export async function resumeCommand(context: CommandContext, { id }: ResumeValues): Promise<ExitStatus> {
  const project = await projectOf(context)
  const { storages } = project
  const runId = await knownRun(storages.lake, id)
  const events = await readRun(storages.lake, runId)
  const claim = (await activeClaims(storages.lake)).find((active) => active.runId === runId)
  if (claim) {
    throw new LakeError('held', {
      problem: `${runId} is still at work, on ${claim.host} (process ${claim.pid})`,
      remedy: 'Wait until it ends, or stop it.',
    })
  }
  const started = events.find((event) => event.type === 'run-started')
  if (!started)
    throw new LakeError('usage', {
      problem: `run ${runId} was killed before it recorded its selection`,
      remedy: 'Run `lake materialize`.',
    })
  const { selection, flags } = remaining(started, events)
  return materializeProject(context, project, { ...flags, selection })
}

interface RemainingWork {
  readonly selection: readonly string[]
  readonly flags: MaterializeFlags
}

/** Forces only the assets that the old run had to force and did not finish. */
function remaining({ selection, steps }: RunStarted, events: readonly RunEvent[]): RemainingWork {
  const done = new Set(
    events.flatMap((event) => (event.type === 'step-finished' && isDone(event.outcome) ? [event.asset] : [])),
  )
  const forced = steps.filter(({ asset, causes }) => !done.has(asset) && causes.some(({ kind }) => kind === 'forced'))
  if (forced.length === 0) return { selection, flags: {} }
  return { selection: forced.map(({ asset }) => asset), flags: { full: true } }
}

const isDone = (outcome: string): boolean => ['materialized', 'unchanged', 'fresh'].includes(outcome)
