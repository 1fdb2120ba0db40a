/** Runs `lake status`: prints the state of each asset, or shows it as a live screen. */
import { statusText } from '../../../report/status-text.ts'
import type { ScheduleState } from '../../../schedule/ticks/schedule-state.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { interruptible } from '../../interrupt.ts'
import { freshProject } from '../../project/fresh-project.ts'
import type { Project } from '../../project/project.ts'
import { loadStatus } from '../../status-report.ts'

export interface StatusValues {
  readonly watch?: boolean
}

const WATCH_EVERY_MS = 3_000

export async function statusCommand(context: CommandContext, { watch = false }: StatusValues): Promise<ExitStatus> {
  const { terminal } = context
  const project = await projectOf(context)
  if (terminal.interactive) return interruptible((signal) => showScreen(context, project, { watch, signal }))
  const [assets, schedules] = await Promise.all([loadStatus(project), statesOf(project, context)])
  const report = { ...assets, ...(schedules.length > 0 && { schedules }) }
  terminal.print({ document: () => report, text: (page) => statusText(report, page) })
  return 0
}

/** The schedules that refresh this lake. Loads what computes times only if the config has some. */
async function statesOf(project: Project, context: CommandContext): Promise<readonly ScheduleState[]> {
  if (!project.config.schedules?.length) return []
  const { scheduleStates } = await import('../../scheduler/schedule-states.ts')
  const all = await scheduleStates(project, context)
  return all.filter(({ lake }) => lake === project.places.lake.uri).map(({ state }) => state)
}

interface Screen {
  readonly watch: boolean
  readonly signal: AbortSignal
}

/** Shows the screen until a key or a signal closes it. Exits with 130 after a signal. */
async function showScreen(context: CommandContext, project: Project, { watch, signal }: Screen): Promise<ExitStatus> {
  const [{ renderStatus }, { nextTimes }, { schedulesOf }] = await Promise.all([
    import('../../../tui/status/render-status.ts'),
    import('../../../schedule/schedule-times.ts'),
    import('../../project/schedules.ts'),
  ])
  const loadProject = freshProject(context, project)
  let shown = project
  await renderStatus({
    stdin: process.stdin,
    stdout: process.stdout,
    graph: () => shown.graph,
    load: async () => {
      const loaded = await loadProject()
      const report = await loadStatus(loaded)
      // Changes only with the report: until then the screen shows the report of the old graph.
      shown = loaded
      return report
    },
    refreshEveryMs: watch ? WATCH_EVERY_MS : undefined,
    nextRefresh: (now) =>
      schedulesOf(shown)
        .flatMap((schedule) => nextTimes(schedule, now, 1).map((at) => ({ name: schedule.name, at })))
        .toSorted((left, right) => left.at.getTime() - right.at.getTime())[0],
    paint: context.terminal.page().paint,
    now: () => new Date(),
    suggest: context.terminal.suggest,
  })
  return signal.aborted ? 130 : 0
}
