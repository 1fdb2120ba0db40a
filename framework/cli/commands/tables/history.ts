import { type HistoryEntry, history } from '../../../delta/history.ts'
import { knownKey } from '../../../graph/selection.ts'
import { parseProvenance } from '../../../observe/provenance.ts'
import { historyText } from '../../../report/tables/history-text.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { toJson } from '../../terminal.ts'

export interface HistoryFlags {
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
  /** Of the whole table; null where another program wrote the version. */
  readonly rows: number | null
  readonly rowsAdded: number | null
  readonly rowsRemoved: number | null
  readonly filesAdded: number
  readonly filesRemoved: number
}

export async function historyCommand(
  context: CommandContext,
  key: string | undefined,
  { limit }: HistoryFlags,
): Promise<ExitStatus> {
  const { graph, places } = await projectOf(context)
  const keys = key === undefined ? graph.assets.map((asset) => asset.key) : [knownKey(graph, key)]
  const tables = await Promise.all(
    keys.map(async (asset) => ({ asset, entries: (await history(places.lake, asset, limit)) ?? [] })),
  )
  const { terminal, flags } = context
  if (flags.json) {
    const versions = tables.flatMap(({ asset, entries }) => entries.map((entry) => tableVersion(asset, entry)))
    terminal.out(toJson({ versions: versions.toSorted(newestFirst) }))
  } else {
    const titled = tables.length > 1
    const page = terminal.page()
    const texts = tables.map(({ asset, entries }) => {
      const text = historyText(asset, entries, page)
      return titled && entries.length > 0 ? `${page.paint(asset, 'strong')}\n${text}` : text
    })
    terminal.out(texts.join(titled ? '\n\n' : '\n'))
  }
  return 0
}

const newestFirst = (left: HistoryVersion, right: HistoryVersion) =>
  left.at === right.at ? right.version - left.version : left.at < right.at ? 1 : -1

export function tableVersion(asset: string, entry: HistoryEntry): HistoryVersion {
  const { version, timestamp, commitInfo, filesAdded, filesRemoved, rowsAdded, rowsRemoved } = entry
  const provenance = parseProvenance(commitInfo.lake)
  return {
    ...{ asset, version, at: new Date(timestamp).toISOString(), operation: commitInfo.operation },
    runId: provenance?.runId ?? null,
    engine: provenance?.engine ?? null,
    rows: provenance?.content.rows ?? null,
    rowsAdded: rowsAdded ?? null,
    rowsRemoved: rowsRemoved ?? null,
    ...{ filesAdded, filesRemoved },
  }
}
