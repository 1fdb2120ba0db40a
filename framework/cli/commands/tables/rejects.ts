import { isCorruptTable, LakeError } from '../../../errors.ts'
import { knownKey } from '../../../graph/selection.ts'
import { failedReadPath, type RejectedLine, readRejects } from '../../../ingest/rejects.ts'
import { observeTable } from '../../../observe/observe.ts'
import { type FailedRead, rejectsText } from '../../../report/tables/rejects-text.ts'
import { readFailure } from '../../../run/failures.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { toJson } from '../../terminal.ts'

export interface RejectsFlags {
  readonly limit?: number
}

const SHOWN_TO_PEOPLE = 50

export async function rejectsCommand(context: CommandContext, key: string, flags: RejectsFlags): Promise<ExitStatus> {
  const { terminal } = context
  const { graph, places } = await projectOf(context)
  if (graph.get(knownKey(graph, key)).kind !== 'source') {
    throw new LakeError('usage', `${key} is a table: only sources have lines that can be refused`, { asset: key })
  }
  const { rejects, total, failedRead } = (await ofFailedRead(places.lake, key)) ?? (await ofPublished(places.lake, key))
  if (context.flags.json) {
    const shown = rejects.slice(0, flags.limit ?? rejects.length)
    terminal.data(toJson({ rejects: shown, total, ...(failedRead && { failedRead }) }))
  } else {
    const shown = rejects.slice(0, flags.limit ?? SHOWN_TO_PEOPLE)
    const read = failedRead && {
      failedRead: { ...failedRead, command: terminal.suggest(`lake run ${failedRead.runId}`) },
    }
    terminal.data(rejectsText({ key, rejects: shown, total, ...read }, terminal.page()))
  }
  return 0
}

interface Refused {
  readonly rejects: readonly RejectedLine[]
  readonly total: number
  readonly failedRead?: FailedRead
}

/** Undefined where the last read did not fail for its refused lines. */
async function ofFailedRead(lake: Storage, key: string): Promise<Refused | undefined> {
  const failure = await readFailure(lake, key)
  if (failure?.error.code !== 'source-broken') return undefined
  const { runId, at, error } = failure
  const rejects = await readRejects(lake, failedReadPath(key), key).catch((problem) => {
    // The lines only serve to be looked at; that the read failed is told without them.
    if (isCorruptTable(problem)) return []
    throw problem
  })
  return { rejects, total: rejectedIn(error.details) ?? rejects.length, failedRead: { runId, at } }
}

function rejectedIn(details: unknown): number | undefined {
  const { rejected } = (details ?? {}) as { readonly rejected?: unknown }
  return typeof rejected === 'number' ? rejected : undefined
}

async function ofPublished(lake: Storage, key: string): Promise<Refused> {
  const state = await observeTable(lake, key)
  if (!state) {
    throw new LakeError('usage', `${key} has not been read yet: run lake materialize ${key}`, { asset: key })
  }
  const path = state.provenance.source?.rejects
  const rejects = path === undefined ? [] : await readRejects(lake, path, key)
  return { rejects, total: rejects.length }
}
