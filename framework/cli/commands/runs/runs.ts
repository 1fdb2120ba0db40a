/** Runs `lake runs` and `lake run`: prints past runs. */
import { foldEvent, foldRun, type RunView } from '../../../report/run/run-view.ts'
import { runListText, runText } from '../../../report/run/runs-text.ts'
import { activeClaims } from '../../../run/claims.ts'
import { knownRun, newestRuns, readRun } from '../../../run/run-log.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { unrecordedEnds } from '../../killed-run.ts'
import type { Project } from '../../project/project.ts'
import { toJson } from '../../terminal.ts'

export interface RunsValues {
  readonly limit: number
}

export async function runsCommand(context: CommandContext, { limit }: RunsValues): Promise<ExitStatus> {
  const project = await projectOf(context)
  const views = await pastRuns(project, limit)
  context.terminal.print({
    document: () => ({ runs: views.map(runDocument) }),
    text: (page) => runListText(views, page),
  })
  return 0
}

function runDocument({ runId, engine, selection, startedAt, status, durationMs, assets, totals, ...view }: RunView) {
  return {
    runId,
    status,
    startedAt,
    durationMs,
    engine,
    selection,
    rowsWritten: totals.rowsWritten,
    assets: assets.map(({ key, state, version, rowsWritten }) => ({ key, state, version, rowsWritten })),
    warnings: view.warnings,
    cost: view.cost,
    ...(view.error && { error: view.error }),
  }
}

export interface RunValues {
  /** The ID of a run, the beginning of one, or `last`. */
  readonly id: string
}

export async function runCommand(context: CommandContext, { id }: RunValues): Promise<ExitStatus> {
  const { places } = await projectOf(context)
  const runId = await knownRun(places.lake, id)
  const events = await readRun(places.lake, runId)
  const { terminal, flags } = context
  const view = foldRun(events)
  if (flags.json) terminal.out(toJson({ runId, events }))
  else if (view) terminal.out(runText(await withEnd(places.lake, view), terminal.page()))
  else terminal.out(`run ${runId} was killed before it recorded anything`)
  return 0
}

async function pastRuns({ places }: Project, limit: number): Promise<readonly RunView[]> {
  const ids = await newestRuns(places.lake, limit)
  const views = await Promise.all(ids.map(async (id) => foldRun(await readRun(places.lake, id))))
  const known = views.flatMap((view) => view ?? [])
  return Promise.all(known.map((view) => withEnd(places.lake, view)))
}

/** Adds the end of a run that was killed before it could record it. */
async function withEnd(lake: Storage, view: RunView): Promise<RunView> {
  if (view.status !== 'running') return view
  const claims = await activeClaims(lake)
  if (claims.some(({ runId }) => runId === view.runId)) return view
  const ended = (await unrecordedEnds(lake, view)).reduce(foldEvent, view)
  return { ...ended, status: 'canceled' }
}
