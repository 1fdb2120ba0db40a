/** Detects changed files by their times and sizes. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Two stamps are equal if, in the time between them, no file was written, renamed or deleted, and
 * none was added beside the files.
 */
export function filesStamp(files: readonly string[]): string {
  const paths = new Set([...files, ...files.map((file) => dirname(file))])
  return JSON.stringify([...paths].map(stampOf))
}

function stampOf(path: string): readonly unknown[] {
  const found = statSync(path, { throwIfNoEntry: false })
  return [path, found?.mtimeMs ?? null, found?.size ?? null, found?.ino ?? null]
}
