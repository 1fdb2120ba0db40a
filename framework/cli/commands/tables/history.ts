/** Runs `lake history`: prints the versions of one table or of all. */
import { type HistoryEntry, history } from '../../../delta/history.ts'
import { knownKey } from '../../../graph/selection.ts'
import type { Page } from '../../../report/layout/page.ts'
import { type HistoryVersion, versionDocument } from '../../../report/tables/asset-document.ts'
import { historyText } from '../../../report/tables/history-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'

interface HistoryValues {
  /** undefined: all assets. */
  readonly asset?: string
  /** Maximum number of versions of each asset. */
  readonly limit: number
}

export async function historyCommand(context: CommandContext, values: HistoryValues): Promise<ExitStatus> {
  const { graph, storages } = await projectOf(context)
  const keys = values.asset === undefined ? graph.assets.map(({ key }) => key) : [knownKey(graph, values.asset)]
  const tables = await Promise.all(
    keys.map(async (key) => ({ key, entries: (await history(storages.lake, key, values.limit)) ?? [] })),
  )
  context.terminal.print({
    document: () => historyDocument(tables),
    text: (page) => historiesText(tables, values.limit, page),
  })
  return 0
}

interface TableHistory {
  readonly key: string
  readonly entries: readonly HistoryEntry[]
}

function historyDocument(tables: readonly TableHistory[]) {
  const versions = tables.flatMap(({ key, entries }) => entries.map((entry) => versionDocument(key, entry)))
  return { versions: versions.toSorted(newestFirst) }
}

/** Shows each table below its key, unless there is only one. */
function historiesText(tables: readonly TableHistory[], limit: number, page: Page): string {
  const titled = tables.length > 1
  const texts = tables.map(({ key, entries }) => {
    const text = historyText(key, { entries, limit }, page)
    return titled && entries.length > 0 ? `${page.paint(key, 'strong')}\n${text}` : text
  })
  return texts.join(titled ? '\n\n' : '\n')
}

const newestFirst = (left: HistoryVersion, right: HistoryVersion) =>
  left.at === right.at ? right.version - left.version : left.at < right.at ? 1 : -1
