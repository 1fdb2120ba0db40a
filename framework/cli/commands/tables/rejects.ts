/** Runs `lake rejects`: prints the refused lines of a source. */
import { LakeError } from '../../../errors.ts'
import { knownKey } from '../../../graph/selection.ts'
import { rejectsText } from '../../../report/tables/rejects-text.ts'
import { refusedLines } from '../../../tables/refused-lines.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'

interface RejectsValues {
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
  const { graph, storages } = await projectOf(context)
  if (graph.get(knownKey(graph, key)).kind !== 'source') {
    throw new LakeError('usage', { problem: `${key} is a table: only sources have refused lines`, asset: key })
  }
  const refused = await refusedLines(storages.lake, key)
  if (!refused) {
    throw new LakeError('usage', {
      problem: `${key} has not been read yet`,
      remedy: `Run \`lake materialize ${key}\`.`,
      asset: key,
    })
  }
  const { rejects, total, failedRead } = refused
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
