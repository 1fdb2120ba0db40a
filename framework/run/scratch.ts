/** Manages the private local directories in which runs keep unfinished files, one for each run. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isLink, localPathBelow } from '../storage/inner-path.ts'
import { makePrivate } from '../storage/local/private-directory.ts'
import { storageError } from '../storage/storage-error.ts'
import { isRunId } from './run-id.ts'

/** The scratch directory of a run, in use or left behind. */
export interface ScratchDirectory {
  readonly runId: string
  /** In bytes. */
  readonly size: number
  /** The last change of anything in it, in milliseconds since the epoch. */
  readonly changedAt: number
}

/**
 * Returns the path of a run's directory. Throws a bug unless `runId` is the ID of a run, because it
 * becomes a path.
 */
export function runDirectory(root: string, runId: string): string {
  if (!isRunId(runId)) throw new Error(`${JSON.stringify(runId)} is not the ID of a run`)
  return localPathBelow(root, runId)
}

/** Creates the directory of a run below `root`. It does not exist yet. */
export async function makeRunDirectory(root: string, runId: string): Promise<string> {
  const directory = runDirectory(root, runId)
  makePrivate(directory)
  return directory
}

/**
 * Deletes the directory of a run with its contents. Deletes links in it and does not follow them.
 */
export async function removeRunDirectory(root: string, runId: string): Promise<void> {
  const directory = runDirectory(root, runId)
  // Behind a link, the directory could belong to another program.
  if (isLink(root)) return
  try {
    await rm(directory, { recursive: true, force: true })
  } catch (error) {
    throw storageError('delete', directory, error)
  }
}

/**
 * Lists the directories of runs directly below `root`. Returns none if `root` is missing or a link.
 */
export async function listScratch(root: string): Promise<readonly ScratchDirectory[]> {
  if (isLink(root)) return []
  const entries = await readdir(root, { withFileTypes: true }).catch(() => [])
  const directories = entries.filter((entry) => entry.isDirectory() && isRunId(entry.name))
  return Promise.all(directories.map(async ({ name }) => ({ runId: name, ...(await measure(join(root, name))) })))
}

/** Ignores files that a run deletes meanwhile. */
async function measure(directory: string): Promise<Pick<ScratchDirectory, 'size' | 'changedAt'>> {
  const names = await readdir(directory, { recursive: true }).catch(() => [])
  const found = await Promise.all(['', ...names].map((name) => stat(join(directory, name)).catch(() => undefined)))
  const stats = found.flatMap((entry) => entry ?? [])
  return {
    size: stats.reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0),
    changedAt: Math.max(0, ...stats.map(({ mtimeMs, ctimeMs }) => Math.max(mtimeMs, ctimeMs))),
  }
}
