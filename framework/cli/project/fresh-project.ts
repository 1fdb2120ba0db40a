/** Reloads the project of a long-running command when its files change. */
import { type CommandContext, projectOf } from '../context.ts'
import { filesStamp } from './files-stamp.ts'
import type { Project } from './project.ts'

/**
 * Returns a function that returns the current project, and throws its mistakes. It loads a project
 * with mistakes again on each call, because the file that corrects them can be a new one.
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
