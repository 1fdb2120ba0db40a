/** Finds mistakes in the schedules of a config when the project loads. */
import type { ProjectConfig } from '../../declare/project.ts'
import type { Schedule } from '../../declare/runs/schedule.ts'
import { LakeError } from '../../errors.ts'
import type { AssetGraph } from '../../graph/asset-graph.ts'
import type { Problem } from '../../graph/problem.ts'
import { select } from '../../graph/selection.ts'
import { checkSchedules } from '../../schedule/check-schedules.ts'

/** Returns the schedules of a project that has loaded: they have no mistakes. */
export const schedulesOf = ({ config }: { readonly config: ProjectConfig }): readonly Schedule[] =>
  config.schedules ?? []

/**
 * Returns the problems in the order of the schedules. Checks selections only if the graph could be
 * built.
 */
export function scheduleProblems(config: ProjectConfig, graph: AssetGraph | undefined): readonly Problem[] {
  const schedules = schedulesOf({ config })
  const times = checkSchedules(schedules).map(({ schedule, message, remedy }) => ({
    asset: `schedule ${schedule}`,
    file: undefined,
    message,
    remedy,
  }))
  const selections = graph ? schedules.flatMap((schedule) => selectionProblem(schedule, graph) ?? []) : []
  const profiles = schedules.flatMap((schedule) => profileProblem(schedule, config) ?? [])
  return [...times, ...selections, ...profiles]
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

function profileProblem({ name, profile }: Schedule, { profiles }: ProjectConfig): Problem | undefined {
  if (profile === undefined || Object.hasOwn(profiles, profile)) return undefined
  const message = `the config has no profile ${JSON.stringify(profile)}`
  const remedy = `name one that it has: ${Object.keys(profiles).join(', ')}`
  return { asset: `schedule ${name}`, file: undefined, message, remedy }
}
