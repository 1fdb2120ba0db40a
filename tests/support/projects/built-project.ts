/** A project that is built once for all tests of a file. Each test changes a copy of it. */
import { execFileSync } from 'node:child_process'
import { beforeAll, beforeEach, expect } from 'vitest'
import { lake, sharedDirectory, temporaryDirectory, writeFiles } from '../programs/lake-process.ts'
import { copyProject } from './project-copy.ts'

/** The flags that name the lake and the source files of such a project. */
export const PLACES = ['--lake', 'tables', '--input', 'input'] as const

/**
 * The config of a project whose assets are the exports of a file next to the config's directory.
 */
export const configOver = (file: string): string => `
import { defineConfig } from 'lake'
import * as assets from '../${file}'
export default defineConfig({ assets, profiles: { default: { lake: 'tables', input: 'input' } } })`

/**
 * Makes a project with these files, materializes everything once, and calls `use` with a new copy
 * before each test.
 */
export function builtProject(files: Parameters<typeof writeFiles>[1], use: (directory: string) => void): void {
  const built = sharedDirectory()
  beforeAll(() => {
    copyProject(built)
    writeFiles(built, files)
    expect(lake(['materialize', ...PLACES], { cwd: built }).status).toBe(0)
  })
  beforeEach(() => use(copyOf(built)))
}

/**
 * Copies a project with its input, its lake and the times of its files. By these times `lake` sees
 * that no file changed.
 */
function copyOf(directory: string): string {
  const copy = temporaryDirectory()
  execFileSync('cp', ['-a', `${directory}/.`, copy])
  return copy
}
