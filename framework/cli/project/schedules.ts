/** What is wrong with the schedules of a config, found when the project loads. */
import type { Schedule } from '../../declare/project.ts'
import { LakeError } from '../../errors.ts'
import type { AssetGraph } from '../../graph/asset-graph.ts'
import type { Problem } from '../../graph/problem.ts'
import { select } from '../../graph/selection.ts'
import { checkSchedules } from '../../schedule/schedule-times.ts'
import type { Project } from './project.ts'

/** Those of a project that has loaded, so that nothing is wrong with them. */
export const schedulesOf = ({ config }: Project): readonly Schedule[] => config.schedules ?? []

/** In their order. What they select is looked for in the graph, where there is one. */
export function scheduleProblems(schedules: readonly Schedule[], graph: AssetGraph | undefined): readonly Problem[] {
  const times = checkSchedules(schedules).map(({ schedule, message, remedy }) => ({
    ...{ asset: `schedule ${schedule}`, file: undefined, message, remedy },
  }))
  const selections = graph ? schedules.flatMap((schedule) => selectionProblem(schedule, graph) ?? []) : []
  return [...times, ...selections]
}

function selectionProblem({ name, selection = [] }: Schedule, graph: AssetGraph): Problem | undefined {
  try {
    select(graph, selection)
    return undefined
  } catch (error) {
    if (!(error instanceof LakeError)) throw error
    const remedy = 'name assets that the project has, as in the arguments of lake materialize'
    return { asset: `schedule ${name}`, file: undefined, message: error.message, remedy }
  }
}
