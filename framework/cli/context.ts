import { type GlobalFlags, openProject, type Project } from './project/project.ts'
import type { Terminal } from './terminal.ts'

/** What a command is called with. */
export interface CommandContext {
  readonly flags: GlobalFlags
  readonly terminal: Terminal
}

export function projectOf({ flags, terminal }: CommandContext): Promise<Project> {
  return openProject(flags, terminal.cwd)
}

/** What a command ends with; see `exitStatus` in errors.ts. */
export type ExitStatus = 0 | 1 | 2 | 3 | 130
