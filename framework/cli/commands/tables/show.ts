/** Runs `lake show`: prints one asset with its state and its last versions. */
import { relative } from 'node:path'
import { type HistoryEntry, history } from '../../../delta/history.ts'
import { isCorruptTable } from '../../../errors.ts'
import { knownKey } from '../../../graph/selection.ts'
import { declarationDocument, versionDocument } from '../../../report/tables/asset-document.ts'
import { showText } from '../../../report/tables/show-text.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { loadStatus } from '../../status-report.ts'

/** Maximum number of versions to print. */
const VERSIONS_SHOWN = 5

interface ShowValues {
  readonly asset: string
}

export async function showCommand(context: CommandContext, values: ShowValues): Promise<ExitStatus> {
  const { terminal } = context
  const project = await projectOf(context)
  const { graph, storages } = project
  const key = knownKey(graph, values.asset)
  const asset = graph.get(key)
  const keys = graph.withUpstream([key])
  const [report, versions] = await Promise.all([loadStatus(project, keys), lastVersions(storages.lake, key)])
  const status = report.assets.find((candidate) => candidate.key === key)
  if (!status) throw new Error(`the status has no ${key}`)
  const file = asset.declared.file === undefined ? undefined : relative(terminal.cwd, asset.declared.file)
  terminal.print({
    document: () => ({
      ...declarationDocument(asset, graph),
      status,
      versions: versions.map((entry) => versionDocument(key, entry)),
    }),
    text: (page) => showText({ graph, status, history: versions, ...(file !== undefined && { file }) }, page),
  })
  return 0
}

/** Returns no versions if the log is damaged, because the status reports that. */
async function lastVersions(lake: Storage, key: string): Promise<readonly HistoryEntry[]> {
  return history(lake, key, VERSIONS_SHOWN).then(
    (entries) => entries ?? [],
    (error) => {
      if (isCorruptTable(error)) return []
      throw error
    },
  )
}
