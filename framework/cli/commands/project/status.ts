/** Runs `lake status`: prints the state of each asset, or shows it as a live screen. */
import { statusText } from '../../../report/status-text.ts'
import type { ScheduleState } from '../../../schedule/ticks/schedule-state.ts'
import { isLocal } from '../../../storage/is-local.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { interruptible } from '../../interrupt.ts'
import type { Project } from '../../project/project.ts'

interface StatusValues {
  readonly watch?: boolean
}

/** How often the screen reads a lake. Elsewhere than on this machine, each request costs. */
const PACE_HERE = { readEveryMs: 3_000, lookEveryMs: 1_000 }
const PACE_ELSEWHERE = { readEveryMs: 30_000, lookEveryMs: 5_000 }

export async function statusCommand(context: CommandContext, { watch = false }: StatusValues): Promise<ExitStatus> {
  const { terminal } = context
  if (terminal.interactive) return interruptible((signal) => showScreen(context, { watch, signal }))
  const project = await projectOf(context)
  const { loadStatus } = await import('../../status-report.ts')
  const [assets, schedules] = await Promise.all([loadStatus(project), statesOf(project, context)])
  const report = { ...assets, ...(schedules.length > 0 && { schedules }) }
  terminal.print({ document: () => report, text: (page) => statusText(report, page) })
  return 0
}

/** The schedules that refresh this lake. Loads what computes times only if the config has some. */
async function statesOf(project: Project, context: CommandContext): Promise<readonly ScheduleState[]> {
  if (!project.config.schedules?.length) return []
  const { statesOnLake } = await import('../../scheduler/schedule-states.ts')
  const schedules = await statesOnLake(project, context, (text) => context.terminal.note(text))
  return schedules.map(({ state }) => state)
}

interface Screen {
  readonly watch: boolean
  readonly signal: AbortSignal
}

/** Shows the screen until a key or a signal closes it. Exits with 130 after a signal. */
async function showScreen(context: CommandContext, { watch, signal }: Screen): Promise<ExitStatus> {
  const { terminal } = context
  const loading = import('../../../tui/status/render-status.ts')
  const project = await projectOf(context)
  const { graph, storages } = project
  const { lake } = storages
  const { renderStatus } = await loading
  const goesOn = await renderStatus({
    stdin: process.stdin,
    stdout: process.stdout,
    openSource: async () => {
      const { statusSource } = await import('../../status/status-source.ts')
      return statusSource(context, project)
    },
    opened: { lake: lake.uri, graph, pace: watch || isLocal(lake) ? PACE_HERE : PACE_ELSEWHERE },
    paint: terminal.page().paint,
    now: () => new Date(),
    suggest: terminal.suggest,
  })
  if (goesOn !== undefined) terminal.note(`the run ${goesOn} goes on; \`lake runs\` shows how it ended`)
  return signal.aborted ? 130 : 0
}
