/** Declares the arguments of a command's function and its exit statuses. */
import type { RunStatus } from '../run/events.ts'
import { type GlobalFlags, openProject, type Project } from './project/project.ts'
import type { Terminal } from './terminal.ts'

/** The flags that every command takes, and where it prints. */
export interface CommandContext {
  readonly flags: GlobalFlags
  readonly terminal: Terminal
  /**
   * The help of the program, or of the command that these words name; undefined if there is none.
   */
  readonly helpOf: (words: readonly string[]) => string | undefined
}

export function projectOf({ flags, terminal }: CommandContext): Promise<Project> {
  return openProject(flags, terminal.cwd)
}

/** The exit status of the process; see `exitStatus` in errors.ts. */
export type ExitStatus = 0 | 1 | 2 | 3 | 130

/** The exit status of a command that has run assets. */
export function runStatus({ status }: { readonly status: RunStatus }): ExitStatus {
  switch (status) {
    case 'succeeded':
      return 0
    case 'failed':
      return 1
    case 'canceled':
      return 130
  }
}
