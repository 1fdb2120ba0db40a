/** Runs `lake history`: prints the versions of one table or of all. */
import { type HistoryEntry, history } from '../../../delta/history.ts'
import { knownKey } from '../../../graph/selection.ts'
import { parseProvenance } from '../../../observe/provenance.ts'
import type { Page } from '../../../report/layout/page.ts'
import { historyText } from '../../../report/tables/history-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'

export interface HistoryValues {
  /** undefined: all assets. */
  readonly asset?: string
  /** Maximum number of versions of each asset. */
  readonly limit: number
}

/** A version of a table in `lake history`. */
export interface HistoryVersion {
  readonly asset: string
  readonly version: number
  /** ISO 8601, UTC. */
  readonly at: string
  readonly operation: string
  readonly runId: string | null
  readonly engine: string | null
  /** Rows of the table; null if another program wrote the version. */
  readonly rows: number | null
  readonly rowsAdded: number | null
  readonly rowsRemoved: number | null
  readonly filesAdded: number
  readonly filesRemoved: number
}

export async function historyCommand(context: CommandContext, values: HistoryValues): Promise<ExitStatus> {
  const { graph, places } = await projectOf(context)
  const keys = values.asset === undefined ? graph.assets.map(({ key }) => key) : [knownKey(graph, values.asset)]
  const tables = await Promise.all(
    keys.map(async (key) => ({ key, entries: (await history(places.lake, key, values.limit)) ?? [] })),
  )
  context.terminal.print({
    document: () => historyDocument(tables),
    text: (page) => historiesText(tables, page),
  })
  return 0
}

interface TableHistory {
  readonly key: string
  readonly entries: readonly HistoryEntry[]
}

function historyDocument(tables: readonly TableHistory[]) {
  const versions = tables.flatMap(({ key, entries }) => entries.map((entry) => tableVersion(key, entry)))
  return { versions: versions.toSorted(newestFirst) }
}

/** Shows each table below its key, unless there is only one. */
function historiesText(tables: readonly TableHistory[], page: Page): string {
  const titled = tables.length > 1
  const texts = tables.map(({ key, entries }) => {
    const text = historyText(key, entries, page)
    return titled && entries.length > 0 ? `${page.paint(key, 'strong')}\n${text}` : text
  })
  return texts.join(titled ? '\n\n' : '\n')
}

const newestFirst = (left: HistoryVersion, right: HistoryVersion) =>
  left.at === right.at ? right.version - left.version : left.at < right.at ? 1 : -1

export function tableVersion(asset: string, entry: HistoryEntry): HistoryVersion {
  const { version, timestamp, commitInfo, filesAdded, filesRemoved, rowsAdded, rowsRemoved } = entry
  const provenance = parseProvenance(commitInfo.lake)
  return {
    asset,
    version,
    at: new Date(timestamp).toISOString(),
    operation: commitInfo.operation,
    runId: provenance?.runId ?? null,
    engine: provenance?.engine ?? null,
    rows: provenance?.content.rows ?? null,
    rowsAdded: rowsAdded ?? null,
    rowsRemoved: rowsRemoved ?? null,
    filesAdded,
    filesRemoved,
  }
}
