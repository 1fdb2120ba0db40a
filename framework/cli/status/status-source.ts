/** Connects the status screen to the lake and to runs. */
import { select } from '../../graph/selection.ts'
import { foldRun } from '../../report/run/run-view.ts'
import type { StatusReport } from '../../report/status.ts'
import { readRun } from '../../run/run-log.ts'
import type { StatusReading, StatusSource } from '../../tui/status/model/status-source.ts'
import type { CommandContext } from '../context.ts'
import { freshProject } from '../project/fresh-project.ts'
import type { Project } from '../project/project.ts'
import { type ScheduleWithState, statesOnLake } from '../scheduler/schedule-states.ts'
import { loadStatus } from '../status-report.ts'
import { readFacts } from './asset-facts.ts'
import { startRun } from './started-run.ts'
import { unfinishedRuns } from './unfinished-runs.ts'

/**
 * `first` is the project as the command has loaded it. Later readings reload the project when its
 * files change.
 */
export function statusSource(context: CommandContext, first: Project): StatusSource {
  const loadProject = freshProject(context, first)
  let project = first
  const { lake } = first.storages
  return {
    read: async () => {
      project = await loadProject()
      // Notes are dropped, because they would be printed over the screen.
      const states = statesOnLake(project, context, () => undefined)
      const [report, schedules] = await Promise.all([loadStatus(project), states])
      return readingOf(project, report, schedules)
    },
    runs: unfinishedRuns(lake),
    facts: (key) => readFacts(lake, project.graph.get(key)),
    plan: async (selection) => {
      const { planSteps } = await import('../commands/runs/plan.ts')
      return planSteps(project, selection)
    },
    run: async (runId) => {
      const view = foldRun(await readRun(lake, runId))
      if (!view) throw new Error(`run ${runId} was killed before it recorded anything`)
      return view
    },
    materialize: (selection, emit) => startRun(context.flags, selection, emit),
  }
}

function readingOf({ graph }: Project, report: StatusReport, schedules: readonly ScheduleWithState[]): StatusReading {
  const next = schedules
    .flatMap(({ schedule, state }) => (state.next === null ? [] : [{ ...schedule, at: new Date(state.next) }]))
    .toSorted((left, right) => left.at.getTime() - right.at.getTime())
  // Reverses the order: the last entry of a key counts, so the map has the earliest refresh of each
  // key.
  const refreshes = report.scheduler ? next.toReversed() : []
  const nextRefreshes = refreshes.flatMap(({ selection = [], at }) =>
    graph.withUpstream(select(graph, selection)).map((key) => [key, at] as const),
  )
  return {
    report: { ...report, ...(schedules.length > 0 && { schedules: schedules.map(({ state }) => state) }) },
    graph,
    at: new Date(),
    nextRefresh: next[0],
    nextRefreshes: new Map(nextRefreshes),
  }
}
