import { LakeError } from '../../errors.ts'
import { knownKey } from '../../graph/selection.ts'
import { readRejects } from '../../ingest/rejects.ts'
import { observeTable } from '../../observe/observe.ts'
import { rejectsText } from '../../report/rejects-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../context.ts'
import { toJson } from '../terminal.ts'

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
  const state = await observeTable(places.lake, key)
  if (!state) {
    throw new LakeError('usage', `${key} has not been read yet: run lake materialize ${key}`, { asset: key })
  }
  const path = state.provenance.source?.rejects
  const rejects = path === undefined ? [] : await readRejects(places.lake, path, key)
  const total = rejects.length
  if (context.flags.json) terminal.data(toJson({ rejects: rejects.slice(0, flags.limit ?? total), total }))
  else
    terminal.data(
      rejectsText({ key, rejects: rejects.slice(0, flags.limit ?? SHOWN_TO_PEOPLE), total }, terminal.page()),
    )
  return 0
}
