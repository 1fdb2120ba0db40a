/** Reads the refused lines of a source's last read, even if that read published nothing. */
import { isCorruptTable } from '../errors.ts'
import { failedReadPath, type RejectedLine, readRejects } from '../ingest/rejects.ts'
import { observeTable } from '../observe/observe.ts'
import { rejectedIn } from '../run/error-details.ts'
import { readFailure } from '../run/failures.ts'
import type { Storage } from '../storage/storage.ts'

export interface RefusedLines {
  /** All refused lines, or the first ones of a failed read. */
  readonly rejects: readonly RejectedLine[]
  readonly total: number
  /**
   * The run that refused the lines and published nothing. Missing if the lines belong to the newest
   * version.
   */
  readonly failedRead?: { readonly runId: string; readonly at: string }
}

/** Returns undefined if the source has not been read yet. */
export async function refusedLines(lake: Storage, key: string): Promise<RefusedLines | undefined> {
  return (await failedReadRejects(lake, key)) ?? (await publishedRejects(lake, key))
}

/** Returns undefined unless the last read failed because of its refused lines. */
async function failedReadRejects(lake: Storage, key: string): Promise<RefusedLines | undefined> {
  const failure = await readFailure(lake, key)
  if (failure?.error.code !== 'source-broken') return undefined
  const { runId, at, error } = failure
  const rejects = await readRejects(lake, failedReadPath(key), key).catch((problem) => {
    // The failed read is reported even if its lines cannot be read.
    if (isCorruptTable(problem)) return []
    throw problem
  })
  return { rejects, total: rejectedIn(error.details) ?? rejects.length, failedRead: { runId, at } }
}

async function publishedRejects(lake: Storage, key: string): Promise<RefusedLines | undefined> {
  const state = await observeTable(lake, key)
  if (!state) return undefined
  const path = state.provenance.source?.rejects
  const rejects = path === undefined ? [] : await readRejects(lake, path, key)
  return { rejects, total: rejects.length }
}
