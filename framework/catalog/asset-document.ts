/** Makes the document of one asset. */
import { relative } from 'node:path'
import { duckdbDialect } from '../engines/duckdb/duckdb-dialect.ts'
import { sparkDialect } from '../engines/spark/sql/spark-dialect.ts'
import { assetSql } from '../engines/sql/asset-sql.ts'
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import type { KeyDrift } from '../ingest/keys/key-drift.ts'
import { placeOf } from '../ingest/rejects.ts'
import { sqlLines } from '../report/layout/sql-lines.ts'
import type { AssetStatus } from '../report/status.ts'
import { checkLines, overdueLines } from '../report/status-text.ts'
import { declarationDocument } from '../report/tables/asset-document.ts'
import { declaredFacts, readLines } from '../report/tables/show-text.ts'
import type { StepFinished } from '../run/events.ts'
import type { RefusedLines } from '../tables/refused-lines.ts'
import type {
  AssetDocument,
  AssetStateDocument,
  ColumnDocument,
  DriftDocument,
  RejectsDocument,
} from './catalog-document.ts'
import { checkDocuments } from './check-results.ts'
import type { ColumnUses } from './column-uses.ts'
import type { LakeFacts } from './lake-facts.ts'
import { bytesOf, partitionsDocument, versionDocuments } from './table-documents.ts'

/** The facts about one asset from which its document is made. */
interface KnownAsset {
  readonly status: AssetStatus
  readonly facts: LakeFacts
  readonly uses: ColumnUses
  /** Its steps in past runs. */
  readonly steps: readonly StepFinished[]
}

interface DocumentOptions {
  /** The directory of the project. */
  readonly root: string
  /** Whether values from the data are shown: in refused lines, unknown keys, cursors, failures. */
  readonly samples: boolean
  readonly now: Date
}

/** Makes the document. Pure. */
export function assetDocument(
  asset: ResolvedAsset,
  graph: AssetGraph,
  { status, facts, uses, steps }: KnownAsset,
  options: DocumentOptions,
): AssetDocument {
  const { file, ...declaration } = declarationDocument(asset, graph)
  const { key, kind, description, owner, group, tags, upstream, downstream } = declaration
  const { history, snapshot, refused } = facts
  return {
    ...{ key, kind, description, owner, group, tags, upstream, downstream },
    file: file === null ? null : relative(options.root, file),
    facts: declaredFacts(asset),
    state: stateDocument(status, snapshot ? bytesOf(snapshot) : null, options),
    columns: columnDocuments(declaration, uses),
    rowsDependOn: uses.rows,
    checks: checkDocuments({ asset, status, history, steps }),
    versions: versionDocuments(key, facts, steps),
    partitions: snapshot ? partitionsDocument(snapshot) : null,
    rejects: refused ? rejectsDocument(refused, options.samples) : null,
    drift: status.drift ? driftDocument(status.drift, options.samples) : null,
    sql: sqlDocuments(asset),
  }
}

function stateDocument(
  status: AssetStatus,
  bytes: number | null,
  { samples, now }: DocumentOptions,
): AssetStateDocument {
  const { state, version, rows, materializedAt, causes, failure, warnings = [] } = status
  return {
    ...{ state, version, rows, bytes, materializedAt },
    read: readLines(status, samples),
    causes: causes.map(({ message }) => message),
    failure: failure && {
      at: failure.at,
      message: samples ? failure.error.message : `\`lake run ${failure.runId}\` shows why`,
    },
    warnings: [...checkLines(status), ...overdueLines(status, now), ...warnings],
  }
}

function columnDocuments(
  { columns, primaryKey, partitionBy }: Omit<ReturnType<typeof declarationDocument>, 'file'>,
  uses: ColumnUses,
): readonly ColumnDocument[] {
  return columns.map((column) => {
    const { name, type, nullable, description, from: place, format } = column
    const marks = [
      ...(primaryKey.includes(name) ? ['key'] : []),
      ...(partitionBy.includes(name) ? ['partition'] : []),
      ...(nullable ? ['nullable'] : []),
      ...(place === undefined ? [] : [`from ${place}`]),
      ...(format === undefined ? [] : [format]),
    ]
    return {
      ...{ name, type: type === 'string' ? 'text' : type, marks, description },
      ...{ from: uses.from.get(name) ?? [], to: uses.to.get(name) ?? [] },
    }
  })
}

const MAX_SAMPLES = 20
/** Maximum length of a sample, in characters. */
const MAX_TEXT = 500

function rejectsDocument({ rejects, total, failedRead }: RefusedLines, samples: boolean): RejectsDocument {
  const shown = samples ? rejects.slice(0, MAX_SAMPLES) : []
  return {
    ...{ total, failedAt: failedRead?.at ?? null },
    samples: shown.map((reject) => ({ place: placeOf(reject), reason: reject.reason, text: shortened(reject.text) })),
  }
}

function driftDocument({ rows, unknown, unnamed, absent }: KeyDrift, samples: boolean): DriftDocument {
  return {
    ...{ rows, more: unnamed, absent: absent.map(({ column }) => column) },
    unknown: unknown.map(({ key, rows, file, example, like = null }) => ({
      ...{ key, rows, file, like, example: samples ? shortened(example) : null },
    })),
  }
}

const shortened = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text)

function sqlDocuments(asset: ResolvedAsset): AssetDocument['sql'] {
  if (asset.kind === 'source') return []
  return [
    { engine: 'DuckDB', text: sqlLines(assetSql(asset, duckdbDialect)).join('\n') },
    { engine: 'Spark', text: sqlLines(assetSql(asset, sparkDialect)).join('\n') },
  ]
}
