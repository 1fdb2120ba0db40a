import { statusText } from '../../../report/status-text.ts'
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
  const report = await loadStatus(project)
  terminal.print({ document: () => report, text: (page) => statusText(report, page) })
  return 0
}

interface Screen {
  readonly watch: boolean
  readonly signal: AbortSignal
}

/** The screen closes itself on a signal; `signal` tells afterwards that this is why. */
async function showScreen(context: CommandContext, project: Project, { watch, signal }: Screen): Promise<ExitStatus> {
  const [{ renderStatus }, { nextTimes }, { schedulesOf }] = await Promise.all([
    import('../../../tui/status/render-status.ts'),
    import('../../../schedule/schedule-times.ts'),
    import('../../project/schedules.ts'),
  ])
  const current = freshProject(context, project)
  let shown = project
  await renderStatus({
    stdin: process.stdin,
    stdout: process.stdout,
    graph: () => shown.graph,
    load: async () => {
      const loaded = await current()
      const report = await loadStatus(loaded)
      // Only now: the report that is shown until then is of the other graph.
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
