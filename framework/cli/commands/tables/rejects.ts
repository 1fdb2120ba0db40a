/** Runs `lake rejects`: prints the refused lines of a source. */
import { isCorruptTable, LakeError } from '../../../errors.ts'
import { knownKey } from '../../../graph/selection.ts'
import { failedReadPath, type RejectedLine, readRejects } from '../../../ingest/rejects.ts'
import { observeTable } from '../../../observe/observe.ts'
import { type FailedRead, rejectsText } from '../../../report/tables/rejects-text.ts'
import { readFailure } from '../../../run/failures.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'

export interface RejectsValues {
  readonly source: string
  /** Maximum number of lines to print. */
  readonly limit?: number
}

/** Maximum number of lines in a text, unless --limit is given. */
const DEFAULT_TEXT_LIMIT = 50

export async function rejectsCommand(
  context: CommandContext,
  { source: key, limit }: RejectsValues,
): Promise<ExitStatus> {
  const { terminal } = context
  const { graph, places } = await projectOf(context)
  if (graph.get(knownKey(graph, key)).kind !== 'source') {
    throw new LakeError('usage', { problem: `${key} is a table: only sources have refused lines`, asset: key })
  }
  const { rejects, total, failedRead } = await refusedLines(places.lake, key)
  const read = failedRead && {
    failedRead: { ...failedRead, command: terminal.suggest(`lake run ${failedRead.runId}`) },
  }
  terminal.print({
    document: () => ({ rejects: rejects.slice(0, limit), total, ...(failedRead && { failedRead }) }),
    text: (page) => rejectsText({ key, rejects: rejects.slice(0, limit ?? DEFAULT_TEXT_LIMIT), total, ...read }, page),
    quotesData: true,
  })
  return 0
}

/**
 * The refused lines of the last read that failed because of them, or else of the newest version.
 */
export const refusedLines = async (lake: Storage, key: string): Promise<Refused> =>
  (await failedReadRejects(lake, key)) ?? (await publishedRejects(lake, key))

export interface Refused {
  readonly rejects: readonly RejectedLine[]
  readonly total: number
  readonly failedRead?: FailedRead
}

/** Returns undefined unless the last read failed because of its refused lines. */
async function failedReadRejects(lake: Storage, key: string): Promise<Refused | undefined> {
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

function rejectedIn(details: unknown): number | undefined {
  const { rejected } = (details ?? {}) as { readonly rejected?: unknown }
  return typeof rejected === 'number' ? rejected : undefined
}

async function publishedRejects(lake: Storage, key: string): Promise<Refused> {
  const state = await observeTable(lake, key)
  if (!state) {
    throw new LakeError('usage', {
      problem: `${key} has not been read yet`,
      remedy: `Run \`lake materialize ${key}\`.`,
      asset: key,
    })
  }
  const path = state.provenance.source?.rejects
  const rejects = path === undefined ? [] : await readRejects(lake, path, key)
  return { rejects, total: rejects.length }
}
