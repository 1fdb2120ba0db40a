/** Runs an asset's query over rows in memory, for tests of assets. */
import type { ColumnSchemas } from '../declare/columns.ts'
import type { Asset, RowOf, SOURCE_COLUMNS, Table, Upstreams } from '../declare/definition.ts'
import { LakeError } from '../errors.ts'
import { buildGraph } from '../graph/asset-graph.ts'
import type { ResolvedAsset, ResolvedTable } from '../graph/resolved-asset.ts'

type NullableName<Row> = { [Name in keyof Row]: null extends Row[Name] ? Name : never }[keyof Row]

/**
 * The columns that a fixture can leave out: nullable columns, which are then null, and `_file` and
 * `_line` of a source.
 */
type OptionalName<Row> = (NullableName<Row> | keyof typeof SOURCE_COLUMNS) & keyof Row

/** A row of an upstream in a test. */
export type FixtureRow<Row> = { readonly [Name in Exclude<keyof Row, OptionalName<Row>>]: Row[Name] } & {
  readonly [Name in OptionalName<Row>]?: Row[Name]
}

/** Rows for each upstream of an asset, by the query's name for it. */
export type Fixtures<Upstream> = { readonly [Name in keyof Upstream]: readonly FixtureRow<RowOf<Upstream[Name]>>[] }

/**
 * Runs the query on the embedded engine. Returns its rows in the order of the primary key, or of
 * all columns if there is no key. Fixtures can leave out nullable columns. By default, `_file` of a
 * source is `test.json`, and `_line` is the number of the row, from 1. Throws the errors of
 * materializing: `definition`, `query-failed`, `check-failed`. Does not check references to other
 * assets.
 */
export async function testAsset<Columns extends ColumnSchemas, Upstream extends Upstreams>(
  asset: Table<Columns, Upstream>,
  fixtures: Fixtures<Upstream>,
): Promise<RowOf<Table<Columns, Upstream>>[]> {
  const assets = resolve(asset)
  const resolved = assets.get(asset.key)
  if (resolved?.kind !== 'table') throw new Error(`${asset.key} is not a table`)
  const { queryRows } = await import('../engines/duckdb/queries/in-memory-query.ts')
  const rows = await queryRows(resolved, inputsOf(resolved, assets, fixtures))
  return rows as RowOf<Table<Columns, Upstream>>[]
}

/** Resolves the asset and everything upstream of it. */
function resolve(asset: Asset): ReadonlyMap<string, ResolvedAsset> {
  const built = buildGraph([...withUpstream(asset)].map(withoutReferences))
  if (built.kind === 'graph') return new Map(built.graph.assets.map((resolved) => [resolved.key, resolved]))
  const messages = built.problems.map(({ asset: key, message, remedy }) => `${key}: ${message}; ${remedy}`)
  throw new LakeError('definition', { problem: messages.join('\n'), asset: asset.key, details: built.problems })
}

function withUpstream(asset: Asset, found = new Set<Asset>()): ReadonlySet<Asset> {
  found.add(asset)
  if (asset.kind === 'table') {
    for (const upstream of Object.values(asset.upstream)) if (!found.has(upstream)) withUpstream(upstream, found)
  }
  return found
}

function withoutReferences(asset: Asset): Asset {
  if (asset.kind === 'source') return asset
  return { ...asset, checks: asset.checks.filter(({ kind }) => kind !== 'references') }
}

type InputRows = Readonly<Record<string, unknown>>

function inputsOf(
  asset: ResolvedTable,
  assets: ReadonlyMap<string, ResolvedAsset>,
  fixtures: Readonly<Record<string, readonly InputRows[]>>,
) {
  return new Map(
    asset.upstream.map(({ alias, key }) => {
      const upstream = assets.get(key)
      const given = fixtures[alias]
      if (!upstream || !given) throw usage(asset.key, `its upstream ${alias} has no rows in the fixtures`)
      return [alias, { columns: upstream.columns, rows: given.map((row, index) => fullRow(upstream, row, index)) }]
    }),
  )
}

/** Returns the row with a value for every column. */
function fullRow({ key, kind, columns }: ResolvedAsset, row: InputRows, index: number): InputRows {
  const defaults: InputRows = kind === 'source' ? { _file: 'test.json', _line: BigInt(index + 1) } : {}
  const unknown = Object.keys(row).find((name) => !columns.some((column) => column.name === name))
  if (unknown !== undefined) throw usage(key, `row ${index} has a column ${unknown}, which does not exist`)
  return Object.fromEntries(
    columns.map(({ name, nullable }) => {
      const value = row[name] ?? defaults[name] ?? null
      if (value === null && !nullable) throw usage(key, `row ${index} has no ${name}, which is not nullable`)
      return [name, value]
    }),
  )
}

const usage = (key: string, message: string) => new LakeError('usage', { problem: `${key}: ${message}`, asset: key })
