/** The local directories in which runs keep unfinished files: one a run, named by its id, and of its user alone. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isLink, localPathBelow } from '../storage/inner-path.ts'
import { makePrivate } from '../storage/local/private-directory.ts'
import { storageError } from '../storage/storage-error.ts'
import { isRunId } from './run-id.ts'

/** What a run has left, or is using, of local space. */
export interface ScratchDirectory {
  readonly runId: string
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the epoch: the last change of anything in it. */
  readonly changedAt: number
}

/** Where the run's directory is. Throws a bug for what is no id of a run: its name would be that of something else. */
export function runDirectory(root: string, runId: string): string {
  if (!isRunId(runId)) throw new Error(`${JSON.stringify(runId)} is no id of a run`)
  return localPathBelow(root, runId)
}

/** Makes the directory of a run, which is not there yet, below `root`. */
export async function makeRunDirectory(root: string, runId: string): Promise<string> {
  const directory = runDirectory(root, runId)
  makePrivate(directory)
  return directory
}

/** Removes the directory of a run with all that is in it; links in it are removed and not followed. */
export async function removeRunDirectory(root: string, runId: string): Promise<void> {
  const directory = runDirectory(root, runId)
  // Behind a link the directory would be somebody else's.
  if (isLink(root)) return
  try {
    await rm(directory, { recursive: true, force: true })
  } catch (error) {
    throw storageError('delete', directory, error)
  }
}

/** The directories of runs directly below the local directory `root`; none where it is not there, or is a link. */
export async function listScratch(root: string): Promise<readonly ScratchDirectory[]> {
  if (isLink(root)) return []
  const entries = await readdir(root, { withFileTypes: true }).catch(() => [])
  const directories = entries.filter((entry) => entry.isDirectory() && isRunId(entry.name))
  return Promise.all(directories.map(async ({ name }) => ({ runId: name, ...(await measure(join(root, name))) })))
}

/** A run that ends meanwhile takes its files away: what is gone counts for nothing. */
async function measure(directory: string): Promise<Pick<ScratchDirectory, 'size' | 'changedAt'>> {
  const names = await readdir(directory, { recursive: true }).catch(() => [])
  const found = await Promise.all(['', ...names].map((name) => stat(join(directory, name)).catch(() => undefined)))
  const stats = found.flatMap((entry) => entry ?? [])
  return {
    size: stats.reduce((sum, entry) => sum + (entry.isFile() ? entry.size : 0), 0),
    changedAt: Math.max(0, ...stats.map(({ mtimeMs, ctimeMs }) => Math.max(mtimeMs, ctimeMs))),
  }
}
