import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What a run has left, or is using, of local space. */
export interface ScratchDirectory {
  readonly runId: string
  /** Bytes. */
  readonly size: number
  /** Milliseconds since the epoch: the last change of anything in it. */
  readonly changedAt: number
}

/** The directories of runs under the local directory `root`; none where it is not there. */
export async function listScratch(root: string): Promise<readonly ScratchDirectory[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch(() => [])
  const directories = entries.filter((entry) => entry.isDirectory())
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
