/** Runs `lake show`: prints one asset with its state and its last versions. */
import { relative } from 'node:path'
import { typeName } from '../../../declare/columns.ts'
import { formatWords } from '../../../declare/reading/value-format.ts'
import { writtenPlace } from '../../../declare/reading/value-place.ts'
import { type HistoryEntry, history } from '../../../delta/history.ts'
import { isCorruptTable } from '../../../errors.ts'
import type { AssetGraph } from '../../../graph/asset-graph.ts'
import { describeChecks } from '../../../graph/describe-checks.ts'
import { isFromCode, type ResolvedAsset, type ResolvedTable } from '../../../graph/resolved-asset.ts'
import { knownKey } from '../../../graph/selection.ts'
import type { AssetStatus } from '../../../report/status.ts'
import { showText } from '../../../report/tables/show-text.ts'
import type { Storage } from '../../../storage/storage.ts'
import { type CommandContext, type ExitStatus, projectOf } from '../../context.ts'
import { loadStatus } from '../../status-report.ts'
import { type HistoryVersion, tableVersion } from './history.ts'

/** Maximum number of versions to print. */
const VERSIONS_SHOWN = 5

export interface ShowValues {
  readonly asset: string
}

export async function showCommand(context: CommandContext, values: ShowValues): Promise<ExitStatus> {
  const { terminal } = context
  const project = await projectOf(context)
  const { graph, places } = project
  const key = knownKey(graph, values.asset)
  const asset = graph.get(key)
  const keys = graph.withUpstream([key])
  const [report, versions] = await Promise.all([loadStatus(project, keys), lastVersions(places.lake, key)])
  const status = report.assets.find((candidate) => candidate.key === key)
  if (!status) throw new Error(`the status has no ${key}`)
  const file = asset.declared.file === undefined ? undefined : relative(terminal.cwd, asset.declared.file)
  terminal.print({
    document: () =>
      assetDocument(asset, graph, { status, versions: versions.map((entry) => tableVersion(key, entry)) }),
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

interface CurrentVersion {
  readonly status: AssetStatus
  readonly versions: readonly HistoryVersion[]
}

function assetDocument(asset: ResolvedAsset, graph: AssetGraph, { status, versions }: CurrentVersion) {
  const { key, kind, declared, columns, primaryKey, partitionBy, code } = asset
  return {
    key,
    kind,
    description: declared.description ?? null,
    owner: declared.owner ?? null,
    group: declared.group ?? null,
    tags: declared.tags,
    file: declared.file ?? null,
    columns: columns.map(({ name, type, nullable, place, format, description = null }) => ({
      ...{ name, type: typeName(type), nullable, description },
      ...(place && { from: writtenPlace(place) }),
      ...(format && { format: formatWords(format) }),
    })),
    primaryKey: kind === 'table' || isFromCode(asset) ? primaryKey : [],
    partitionBy,
    incremental: asset.kind === 'table' ? incrementalDocument(asset.incremental) : null,
    upstream: graph.upstream(key),
    downstream: graph.downstream(key),
    checks: describeChecks(asset),
    codeVersion: code.version,
    status,
    versions,
  }
}

function incrementalDocument(incremental: ResolvedTable['incremental']) {
  if (!incremental) return null
  return incremental.kind === 'refused'
    ? { by: null, why: incremental.reason }
    : { by: incremental.by, mode: incremental.mode }
}
