/** Notices which files were written, added or deleted. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'

/** File -> when it was last written, and its size. Contains the directories of the files too. */
type FileTimes = ReadonlyMap<string, string>

export function fileTimes(files: readonly string[]): FileTimes {
  const paths = new Set([...files, ...files.map((file) => dirname(file))])
  return new Map(Array.from(paths, (path) => [path, timeOf(path)]))
}

/** The times before the files were read, so that a later change is noticed. */
export function timesAt(readAt: Date, files: readonly string[]): FileTimes {
  const isLater = (path: string) => (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= readAt.getTime()
  return new Map([...fileTimes(files)].map(([path, time]) => [path, isLater(path) ? '' : time]))
}

function timeOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : ''
}

/** The paths that were changed since then. */
export const changedSince = (before: FileTimes): readonly string[] =>
  [...before].flatMap(([path, time]) => (timeOf(path) === time ? [] : [path]))
