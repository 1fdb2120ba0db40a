/** Opens the project in the profile of a schedule. */
import type { Schedule } from '../../declare/runs/schedule.ts'
import type { CommandContext } from '../context.ts'
import { inProfile, type Project } from '../project/project.ts'

/** The profiles that were opened for each loaded project. */
const opened = new WeakMap<Project, Map<string, Project>>()

/** Returns the project as a schedule refreshes it. Opens each profile of a loaded project once. */
export function projectOfSchedule(project: Project, { profile }: Schedule, context: CommandContext): Project {
  const { flags, terminal } = context
  if (profile === undefined || profile === flags.profile) return project
  const profiles = opened.get(project) ?? new Map<string, Project>()
  opened.set(project, profiles)
  const other = profiles.get(profile) ?? inProfile(project, profile, { flags, cwd: terminal.cwd })
  profiles.set(profile, other)
  return other
}
