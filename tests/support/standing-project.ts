import { execFileSync } from 'node:child_process'
import { temporaryDirectory } from './lake-process.ts'

/** A copy of a project with its input and its lake, the times of the files included: by them `lake` knows that they are the same. */
export function copyOf(directory: string): string {
  const copy = temporaryDirectory()
  execFileSync('cp', ['-a', `${directory}/.`, copy])
  return copy
}
