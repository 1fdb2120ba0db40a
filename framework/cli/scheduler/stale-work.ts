/** Decides whether a schedule with `whenStale` has anything to do. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import { engineName } from '../engines.ts'
import type { Project } from '../project/project.ts'

/**
 * Returns whether a run of the schedule would have a step. An asset that cannot be planned counts
 * as work, so that the run reports it.
 */
export async function hasStaleWork(project: Project, { selection = [] }: Schedule): Promise<boolean> {
  const { planWanted } = await import('../../execute/planning/plan-wanted.ts')
  const wanted = { selection, full: false, only: false, alwaysFollow: true, engineName: engineName(project) }
  const { plan, leftOut } = await planWanted(project.graph, project.storages, wanted)
  return plan.steps.length > 0 || leftOut.unreadable.size > 0
}
