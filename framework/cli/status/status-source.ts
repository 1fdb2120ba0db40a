/** Connects the status screen to the lake and to runs. */
import { select } from '../../graph/selection.ts'
import type { PlanWithWarnings } from '../../report/plan-text.ts'
import { foldRun } from '../../report/run/run-view.ts'
import type { StatusReport } from '../../report/status.ts'
import { readRun } from '../../run/run-log.ts'
import { nextTimes } from '../../schedule/schedule-times.ts'
import type { StatusReading, StatusSource } from '../../tui/status/model/status-source.ts'
import type { CommandContext } from '../context.ts'
import { engineName } from '../engines.ts'
import { freshProject } from '../project/fresh-project.ts'
import type { Project } from '../project/project.ts'
import { schedulesOf } from '../project/schedules.ts'
import { loadStatus } from '../status-report.ts'
import { runFollower } from './following-runs.ts'
import { startRun } from './started-run.ts'

/** `first` is the project as the command has loaded it. Readings load it anew when its files change. */
export function statusSource(context: CommandContext, first: Project): StatusSource {
  const loadProject = freshProject(context, first)
  let project = first
  const { lake } = first.places
  return {
    read: async () => {
      project = await loadProject()
      return readingOf(project, await loadStatus(project), new Date())
    },
    runs: runFollower(lake),
    facts: async (key) => {
      const { readFacts } = await import('./asset-facts.ts')
      return readFacts(lake, project.graph.get(key))
    },
    plan: (selection) => planOf(project, selection),
    run: async (runId) => {
      const view = foldRun(await readRun(lake, runId))
      if (!view) throw new Error(`run ${runId} was killed before it recorded anything`)
      return view
    },
    materialize: (selection, emit) => startRun(context.flags, selection, emit),
  }
}

function readingOf(project: Project, report: StatusReport, at: Date): StatusReading {
  const { graph } = project
  const next = schedulesOf(project)
    .flatMap((schedule) => nextTimes(schedule, at, 1).map((time) => ({ ...schedule, at: time })))
    .toSorted((left, right) => left.at.getTime() - right.at.getTime())
  // The last entry of a key counts: the earliest.
  const refreshes = report.scheduler ? next.toReversed() : []
  const nextRefreshes = refreshes.flatMap(({ selection = [], at: time }) =>
    graph.withUpstream(select(graph, selection)).map((key) => [key, time] as const),
  )
  return { report, graph, at, nextRefresh: next[0], nextRefreshes: new Map(nextRefreshes) }
}

const UNKNOWN = { rows: null, bytes: null }

/** The steps that `lake materialize` would take, without estimates: these would load an engine. */
async function planOf(project: Project, selection: readonly string[]): Promise<PlanWithWarnings> {
  const { planWanted } = await import('../../execute/materialize.ts')
  const { graph, places } = project
  const wanted = { selection, full: false, only: false, engineName: engineName(project) }
  const { plan } = await planWanted(graph, places, wanted)
  const estimate = { certainty: 'at-most', keys: null, files: [], read: UNKNOWN, written: UNKNOWN } as const
  return { ...plan, steps: plan.steps.map((step) => ({ ...step, estimate })) }
}
