/** The JSON documents of what an asset declares, and of the versions of its table. */
import { typeName } from '../../declare/columns.ts'
import { formatWords } from '../../declare/reading/value-format.ts'
import { writtenPlace } from '../../declare/reading/value-place.ts'
import type { HistoryEntry } from '../../delta/history.ts'
import type { AssetGraph } from '../../graph/asset-graph.ts'
import { describeChecks } from '../../graph/describe-checks.ts'
import { isFromCode, type ResolvedAsset, type ResolvedTable } from '../../graph/resolved-asset.ts'
import { knownProvenance } from '../../observe/provenance.ts'

/** What `lake show` and the catalogue say of a declaration. */
export function declarationDocument(asset: ResolvedAsset, graph: AssetGraph) {
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
  }
}

function incrementalDocument(incremental: ResolvedTable['incremental']) {
  if (!incremental) return null
  return incremental.kind === 'refused'
    ? { by: null, why: incremental.reason }
    : { by: incremental.byColumns, mode: incremental.mode }
}

/** A version of a table. */
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

export function versionDocument(
  asset: string,
  entry: HistoryEntry,
  provenance = knownProvenance(entry.commitInfo.lake),
): HistoryVersion {
  const { version, timestamp, commitInfo, filesAdded, filesRemoved, rowsAdded, rowsRemoved } = entry
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
