/** Copies of this project that a test edits. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../programs/lake-process.ts'

/**
 * Copies the assets and the config of this project, so that a test can change them. `lake` finds
 * them with `cwd: directory`.
 */
export function copyProject(directory: string): void {
  for (const part of ['assets', 'config']) cpSync(join(ROOT, part), join(directory, part), { recursive: true })
}

/**
 * Replaces `from`, which must occur exactly once, in a file of the project. Returns a function that
 * undoes the change.
 */
export function edit(directory: string, file: string, [from, to]: readonly [string, string]): () => void {
  const path = join(directory, file)
  const before = readFileSync(path, 'utf8')
  if (before.split(from).length !== 2) throw new Error(`${JSON.stringify(from)} does not occur exactly once in ${file}`)
  writeFileSync(
    path,
    before.replace(from, () => to),
  )
  return () => writeFileSync(path, before)
}
