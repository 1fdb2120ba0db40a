import { relative } from 'node:path'
import { typeName } from '../../../declare/columns.ts'
import { type HistoryEntry, history } from '../../../delta/history.ts'
import { isCorruptTable } from '../../../errors.ts'
import type { AssetGraph } from '../../../graph/asset-graph.ts'
import { describeChecks } from '../../../graph/describe-checks.ts'
import type { ResolvedAsset, ResolvedTable } from '../../../graph/resolved-asset.ts'
import { knownKey } from '../../../graph/selection.ts'
import type { AssetStatus } from '../../../report/status.ts'
import { showText } from '../../../report/tables/show-text.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { loadStatus } from '../../status-report.ts'
import { toJson } from '../../terminal.ts'
import { type HistoryVersion, tableVersion } from './history.ts'

const VERSIONS_SHOWN = 5

export async function showCommand(context: CommandContext, key: string): Promise<ExitStatus> {
  const { terminal, flags } = context
  const project = await projectOf(context)
  const { graph, places } = project
  const asset = graph.get(knownKey(graph, key))
  const keys = graph.withUpstream([key])
  const [report, versions] = await Promise.all([loadStatus(project, keys), lastVersions(places.lake, key)])
  const status = report.assets.find((candidate) => candidate.key === key)
  if (!status) throw new Error(`the status has no ${key}`)
  if (flags.json) {
    const described = versions.map((entry) => tableVersion(key, entry))
    terminal.out(toJson(assetDocument(asset, graph, { status, versions: described })))
  } else {
    const file = asset.declared.file === undefined ? undefined : relative(terminal.cwd, asset.declared.file)
    terminal.out(showText({ graph, status, history: versions, ...(file !== undefined && { file }) }, terminal.page()))
  }
  return 0
}

/** None of a table whose log is damaged: its status says so. */
async function lastVersions(lake: Storage, key: string): Promise<readonly HistoryEntry[]> {
  return history(lake, key, VERSIONS_SHOWN).then(
    (entries) => entries ?? [],
    (error) => {
      if (isCorruptTable(error)) return []
      throw error
    },
  )
}

interface CurrentVersion {
  readonly status: AssetStatus
  readonly versions: readonly HistoryVersion[]
}

function assetDocument(asset: ResolvedAsset, graph: AssetGraph, { status, versions }: CurrentVersion) {
  const { key, kind, declared, columns, primaryKey, partitionBy, code } = asset
  return {
    ...{ key, kind, description: declared.description ?? null, tags: declared.tags, file: declared.file ?? null },
    columns: columns.map(({ name, type, nullable }) => ({ name, type: typeName(type), nullable })),
    ...{ primaryKey: kind === 'table' ? primaryKey : [], partitionBy },
    incremental: asset.kind === 'table' ? incrementalDocument(asset.incremental) : null,
    upstream: graph.upstream(key),
    downstream: graph.downstream(key),
    checks: describeChecks(asset),
    codeVersion: code.version,
    ...{ status, versions },
  }
}

function incrementalDocument(incremental: ResolvedTable['incremental']) {
  if (!incremental) return null
  return incremental.kind === 'whole'
    ? { by: null, why: incremental.why }
    : { by: incremental.by, mode: incremental.mode }
}
