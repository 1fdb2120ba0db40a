/** Turns engine requests into specs for the PySpark job. */
import type { BuildRequest } from '../../../engine/build-request.ts'
import type { InputTable } from '../../../engine/data-file.ts'
import type { IngestRequest } from '../../../engine/ingest.ts'
import type { ResolvedAsset, ResolvedTable } from '../../../graph/resolved-asset.ts'
import { type LineColumn, lineColumns, type PathColumn, pathColumns } from '../../../ingest/lines/line-columns.ts'
import { pathReader } from '../../../ingest/lines/path-values.ts'
import { batchBytes } from '../../../ingest/pack/batch-size.ts'
import type { StoredFile } from '../../../storage/storage.ts'
import { assetSql } from '../../sql/asset-sql.ts'
import { sparkRowChecks } from '../sql/row-checks.ts'
import { sparkDialect } from '../sql/spark-dialect.ts'
import type { Uris } from './hadoop-uris.ts'
import type { LineColumnSpec } from './schema/lines.ts'
import type { ChecksSpec, JobSpec } from './schema/specs.ts'
import type { OutputSpec, TableSpec } from './schema/tables.ts'

/** Where a step writes its files. */
export interface StepOutput {
  readonly uris: Uris
  /** In the form of `Storage.locate`. It does not exist yet. */
  readonly directory: string
}

export function buildSpec(request: BuildRequest, output: StepOutput): JobSpec {
  const { asset, inputs, referenced } = request
  return {
    kind: 'build',
    inputs: Object.fromEntries([...inputs].map(([alias, input]) => [alias, tableSpec(input, output.uris)])),
    sql: assetSql(asset, sparkDialect),
    output: outputSpec(asset, output),
    checks: checksSpec(asset, referenced, output.uris),
  }
}

export function ingestSpec(request: IngestRequest, output: StepOutput): JobSpec {
  const { source, storage, files, rewritten, replacedPaths } = request
  const paths = pathColumns(source.columns)
  return {
    kind: 'ingest',
    root: `${output.uris.toHadoop(storage.uri)}/`,
    groups: groupsOf(files).map((group) => group.map(pathValuesOf(paths))),
    line: lineColumns(source.columns).map(lineColumn),
    fromPath: paths.map(({ name, type }) => ({ name, type })),
    unknownKeys: source.declared.unknownKeys,
    rewritten: tableSpec(rewritten, output.uris),
    replacedPaths: [...replacedPaths],
    output: outputSpec(source, output),
  }
}

export function fingerprintSpec({ columns, primaryKey }: ResolvedAsset, stored: StoredRows, uris: Uris): JobSpec {
  const { files, rows } = stored
  const table = tableSpec({ columns, files, ...(rows && { rows }) }, uris)
  return { kind: 'fingerprint', table, primaryKey: [...primaryKey] }
}

interface StoredRows {
  readonly files: readonly string[]
  readonly rows: InputTable['rows']
}

/**
 * The files of a group go into one data file, which has the size of a data file that the embedded
 * engine makes from a batch.
 */
function groupsOf(files: readonly StoredFile[]): StoredFile[][] {
  const limit = batchBytes(files)
  const groups: StoredFile[][] = []
  let bytes = limit
  for (const { path, size, etag } of files) {
    if (bytes >= limit) {
      groups.push([])
      bytes = 0
    }
    groups.at(-1)?.push({ path, size, etag })
    bytes += size
  }
  return groups
}

function pathValuesOf(columns: readonly PathColumn[]) {
  const read = pathReader(columns)
  return (file: StoredFile) => {
    const found = read(file.path)
    return found.kind === 'values'
      ? { ...file, values: [...found.values], refused: null }
      : { ...file, values: [], refused: found.reason }
  }
}

export function tableSpec({ columns, files, rows = [] }: InputTable, uris: Uris): TableSpec {
  const hadoop = files.map(uris.toHadoop)
  return {
    columns: columns.map(({ name, type }) => ({ name, type })),
    files: hadoop,
    someRows: hadoop.flatMap((file, index) => {
      const { kind, positions } = rows[index] ?? {}
      const isWhole = kind === undefined || (kind === 'except' && positions?.length === 0)
      return isWhole ? [] : [{ file, kind, positions: positions?.join() ?? '' }]
    }),
  }
}

export function outputSpec(
  { columns, partitionBy, primaryKey }: ResolvedAsset,
  { uris, directory }: StepOutput,
): OutputSpec {
  return {
    columns: columns.map(({ name, type }) => ({ name, type })),
    partitionBy: [...partitionBy],
    primaryKey: [...primaryKey],
    directory: uris.toHadoop(directory),
  }
}

export function lineColumn(column: LineColumn): LineColumnSpec {
  const { packed, ...rules } = column
  return { ...rules, refinements: [...rules.refinements], keys: [...rules.keys], within: [...rules.within] }
}

function checksSpec(asset: ResolvedTable, referenced: ReadonlyMap<string, InputTable>, uris: Uris): ChecksSpec {
  return {
    rows: [...sparkRowChecks(asset)],
    unique: [...asset.primaryKey],
    references: asset.references.flatMap(({ column, asset: key, key: target, severity }) => {
      const table = referenced.get(key)
      const other = key === asset.key ? 'itself' : table && tableSpec(table, uris)
      return other ? [{ name: `${column} stands in ${key}`, severity, column, target, table: other }] : []
    }),
  }
}
