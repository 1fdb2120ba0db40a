/** Runs `lake runs` and `lake run`: prints past runs. */
import { foldRun, type RunView } from '../../../report/run/run-view.ts'
import { runListText, runText } from '../../../report/run/runs-text.ts'
import { activeClaims } from '../../../run/claims/open-claims.ts'
import type { RunEvent } from '../../../run/events.ts'
import { knownRun, newestRuns, readRun } from '../../../run/run-log.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { interruptible } from '../../interrupt.ts'
import { unrecordedEnds } from '../../killed-run.ts'
import type { Project } from '../../project/project.ts'
import { type Terminal, toJson } from '../../terminal.ts'

interface RunsValues {
  readonly limit: number
}

export async function runsCommand(context: CommandContext, { limit }: RunsValues): Promise<ExitStatus> {
  const project = await projectOf(context)
  if (context.terminal.interactive) return interruptible((signal) => showRuns(context, project, { limit, signal }))
  const views = await pastRuns(project, limit)
  context.terminal.print({
    document: () => ({ runs: views.map(runDocument) }),
    text: (page) => runListText(views, page),
  })
  return 0
}

/** Minimum number of runs that the screen lists. It reads only those that can be seen. */
const LISTED = 1_000

interface ShownRuns {
  readonly limit: number
  readonly signal: AbortSignal
}

/** Shows the screen until a key or a signal closes it. Exits with 130 after a signal. */
async function showRuns({ terminal }: CommandContext, { storages }: Project, shown: ShownRuns): Promise<ExitStatus> {
  const { lake } = storages
  const { limit, signal } = shown
  const { renderRuns } = await import('../../../tui/runs/render-runs.ts')
  await renderRuns({
    ...{ stdin: process.stdin, stdout: process.stdout, signal, suggest: terminal.suggest },
    ...{ paint: terminal.page().paint, now: () => new Date() },
    list: () => newestRuns(lake, Math.max(limit, LISTED)),
    read: async (ids) => {
      const runs = ids.map(async (id) => [id, (await pastRun(lake, await readRun(lake, id)))?.view ?? null] as const)
      return new Map(await Promise.all(runs))
    },
  })
  return signal.aborted ? 130 : 0
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

interface RunValues {
  /** The ID of a run, the beginning of one, or `last`. */
  readonly id: string
  readonly follow?: boolean
}

export async function runCommand(context: CommandContext, { id, follow = false }: RunValues): Promise<ExitStatus> {
  const { lake } = (await projectOf(context)).storages
  const { terminal, flags } = context
  const runId = await knownRun(lake, id)
  if (follow) return (await import('./tail.ts')).tailCommand(context, lake, runId)
  const events = await readRun(lake, runId)
  const run = await pastRun(lake, events)
  if (flags.json) terminal.out(toJson({ runId, events }))
  else if (!run) terminal.out(`run ${runId} was killed before it recorded anything`)
  else if (terminal.interactive) terminal.out(await screenOf(run, terminal))
  else terminal.out(runText(run.view, terminal.page()))
  return 0
}

/** What the run left on its own screen. If the run goes on, what it has done so far. */
async function screenOf({ view, events }: PastRun, terminal: Terminal): Promise<string> {
  const { replayLines } = await import('../../../tui/run/replay.ts')
  const lines = replayLines(events, view, { ...terminal.page(), height: Number.POSITIVE_INFINITY })
  const next = view.status === 'running' ? [`It goes on: \`lake run ${view.runId} --follow\` follows it.`] : []
  return [...lines, ...next].join('\n')
}

async function pastRuns({ storages }: Project, limit: number): Promise<readonly RunView[]> {
  const ids = await newestRuns(storages.lake, limit)
  const runs = await Promise.all(ids.map(async (id) => pastRun(storages.lake, await readRun(storages.lake, id))))
  return runs.flatMap((run) => run?.view ?? [])
}

interface PastRun {
  readonly view: RunView
  readonly events: readonly RunEvent[]
}

/**
 * Adds the end of a run that was killed before it could record it. Undefined for a run that has
 * recorded nothing.
 */
async function pastRun(lake: Storage, recorded: readonly RunEvent[]): Promise<PastRun | undefined> {
  const view = foldRun(recorded)
  if (view?.status !== 'running') return view && { view, events: recorded }
  const claims = await activeClaims(lake)
  if (claims.some(({ runId }) => runId === view.runId)) return { view, events: recorded }
  const events = [...recorded, ...(await unrecordedEnds(lake, view))]
  return { view: { ...(foldRun(events) ?? view), status: 'canceled' }, events }
}
