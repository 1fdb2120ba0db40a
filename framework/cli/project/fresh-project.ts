/** Keeps the project of a process that stays as it is on disk. */
import { type CommandContext, projectOf } from '../context.ts'
import { filesStamp } from './files-stamp.ts'
import type { Project } from './project.ts'

/**
 * Gives the project, loaded again where its files have changed. One that does not load is tried again each time: what mends it may be another
 * file. Throws what is wrong with it.
 */
export function freshProject(context: CommandContext, first: Project): () => Promise<Project> {
  let project = first
  let stamp: string | undefined = filesStamp(first.files)
  return async () => {
    if (filesStamp(project.files) === stamp) return project
    stamp = undefined
    project = await projectOf(context)
    stamp = filesStamp(project.files)
    return project
  }
}
