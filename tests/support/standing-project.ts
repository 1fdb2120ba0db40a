import { execFileSync } from 'node:child_process'
import { beforeAll, beforeEach, expect } from 'vitest'
import { lake, sharedDirectory, temporaryDirectory, writeFiles } from './lake-process.ts'
import { copyProject } from './project-copy.ts'

/** Where a standing project has its lake and its source files, relative to it. */
export const PLACES = ['--lake', 'tables', '--input', 'input'] as const

/** Makes a project with these files and everything materialized, once, and gives each test a copy of its own. */
export function standingProject(files: Parameters<typeof writeFiles>[1], use: (directory: string) => void): void {
  const standing = sharedDirectory()
  beforeAll(() => {
    copyProject(standing)
    writeFiles(standing, files)
    expect(lake(['materialize', ...PLACES], { cwd: standing }).status).toBe(0)
  })
  beforeEach(() => use(copyOf(standing)))
}

/** A copy of a project with its input and its lake, the times of the files included: by them `lake` knows that they are the same. */
function copyOf(directory: string): string {
  const copy = temporaryDirectory()
  execFileSync('cp', ['-a', `${directory}/.`, copy])
  return copy
}
