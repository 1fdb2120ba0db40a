/** Finds mistakes in the schedules of a config when the project loads. */
import type { ProjectConfig, Schedule } from '../../declare/project.ts'
import { LakeError } from '../../errors.ts'
import type { AssetGraph } from '../../graph/asset-graph.ts'
import type { Problem } from '../../graph/problem.ts'
import { select } from '../../graph/selection.ts'
import { checkSchedules } from '../../schedule/schedule-times.ts'

/** Returns the schedules of a project that has loaded: they have no mistakes. */
export const schedulesOf = ({ config }: { readonly config: ProjectConfig }): readonly Schedule[] =>
  config.schedules ?? []

/**
 * Returns the problems in the order of the schedules. Checks selections only if there is a graph.
 */
export function scheduleProblems(schedules: readonly Schedule[], graph: AssetGraph | undefined): readonly Problem[] {
  const times = checkSchedules(schedules).map(({ schedule, message, remedy }) => ({
    asset: `schedule ${schedule}`,
    file: undefined,
    message,
    remedy,
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
    const remedy = 'select assets of the project, with the terms that lake materialize takes'
    return { asset: `schedule ${name}`, file: undefined, message: error.message, remedy }
  }
}
