import type { Schedule } from '../declare/project.ts'
import { LakeError } from '../errors.ts'
import { select } from '../graph/selection.ts'
import { checkSchedules } from '../schedule/schedule-times.ts'
import type { Project } from './project.ts'

/** Throws `config` with all that is wrong with the schedules, and `unknown-asset` for what they select. */
export function schedulesOf({ config, graph }: Project): readonly Schedule[] {
  const schedules = config.schedules ?? []
  const problems = checkSchedules(schedules)
  if (problems.length > 0) {
    const lines = problems.map(({ schedule, message, remedy }) => `${schedule}: ${message}\n  -> ${remedy}`)
    throw new LakeError('config', `the schedules of the config are wrong\n${lines.join('\n')}`, { details: problems })
  }
  for (const { selection = [] } of schedules) select(graph, selection)
  return schedules
}
