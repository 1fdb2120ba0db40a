/** Checks the upstreams of a table, and describes them for the reader of its query. */
import { COLUMN_NAME, type Column, type ColumnSchemas, resolveColumn, typeName } from '../../declare/columns.ts'
import { type Asset, columnSchemas, SOURCE_COLUMNS, type Table } from '../../declare/definition.ts'
import { lazy } from '../../increment/lazy.ts'
import { columnsRead, type UpstreamTable, type UpstreamTables } from '../../query/reader/read-query.ts'
import type { AssetsByKey } from '../asset-key.ts'
import type { Report } from '../problem.ts'
import type { ResolvedQuery, UpstreamUse } from '../resolved-asset.ts'

export function checkUpstreams(table: Table, assets: AssetsByKey, report: Report): void {
  for (const [alias, upstream] of Object.entries(table.upstream)) {
    if (!COLUMN_NAME.test(alias)) {
      report(`the upstream name ${JSON.stringify(alias)} cannot name a table`, 'use letters, digits and underscores')
    }
    if (!upstream?.key) {
      report(`its upstream ${alias} is undefined`, 'two files probably import each other: declare one before the other')
      continue
    }
    const known = assets.get(upstream.key)
    if (!known) {
      report(`its upstream ${upstream.key} is unknown`, `add ${upstream.key} to the assets of config/lake.config.ts`)
    } else if (known !== upstream) {
      checkSameColumns(upstream, known, report)
    }
  }
}

/** An upstream can be declared twice, for example in a test, if its columns agree. */
function checkSameColumns(used: Asset, known: Asset, report: Report): void {
  for (const [name, schema] of Object.entries(used.columns)) {
    const declared = known.columns[name]
    const [expected, actual] = [describe(name, schema), declared ? describe(name, declared) : 'missing']
    if (expected !== actual) {
      report(
        `it expects the column ${name} of its upstream ${used.key} to be ${expected}, but it is ${actual}`,
        `import ${used.key} from ${known.file ?? 'the file that declares it'}`,
      )
    }
  }
}

function describe(name: string, schema: ColumnSchemas[string]): string {
  const column = resolveColumn(name, schema)
  return column ? typeName(column.type) + (column.nullable ? ' or null' : '') : 'of no type'
}

export function upstreamUses(table: Table, assets: AssetsByKey, query: () => ResolvedQuery): readonly UpstreamUse[] {
  // Computed on first use, because a plan of ten thousand assets needs no columns.
  const read = lazy(() => columnsRead(query().relation))
  return Object.entries(table.upstream).map(([alias, asset]) => ({
    alias,
    key: asset.key,
    // An upstream can be declared twice. Only the declaration in the config counts.
    formerly: assets.get(asset.key)?.formerly,
    get columns() {
      const names = read().get(alias)
      return columnNames(asset).filter((name) => names?.has(name))
    },
  }))
}

/** Returns the upstreams by the query's names for them. */
export function upstreamTables({ upstream }: Table): UpstreamTables {
  return new Map(Object.entries(upstream).map(([alias, asset]) => [alias, upstreamTable(asset)]))
}

// Many assets read one upstream, whose columns are resolved once.
const resolvedUpstreams = new WeakMap<Asset, UpstreamTable>()

/** Keeps the columns of a table for the queries that read it. */
export function keepColumns(table: Table, columns: readonly Column[]): void {
  resolvedUpstreams.set(table, { columns, keys: keysOf(table) })
}

function upstreamTable(asset: Asset): UpstreamTable {
  const known = resolvedUpstreams.get(asset)
  if (known) return known
  const columns = Object.entries(columnSchemas(asset)).flatMap(([name, schema]) => resolveColumn(name, schema) ?? [])
  const table = { columns, keys: keysOf(asset) }
  resolvedUpstreams.set(asset, table)
  return table
}

const describedUpstreams = new WeakMap<Asset, string>()

/** Describes everything about an upstream that reading a query depends on. */
export function describedUpstream(asset: Asset): string {
  const known = describedUpstreams.get(asset)
  if (known !== undefined) return known
  const { columns, keys } = upstreamTable(asset)
  const described = columns.map(({ name, type, nullable }) => `${name} ${typeName(type)}${nullable ? ' null' : ''}`)
  const text = `${described.join(',')};${JSON.stringify(keys)}`
  describedUpstreams.set(asset, text)
  return text
}

function keysOf(asset: Asset): UpstreamTable['keys'] {
  if (asset.kind === 'source' && !asset.rows) return [Object.keys(SOURCE_COLUMNS)]
  if (asset.kind === 'table' && asset.oneRow) return [[]]
  const { primaryKey } = asset.kind === 'table' ? asset : (asset.rows ?? { primaryKey: [] })
  return primaryKey.length > 0 ? [primaryKey] : []
}

const columnNames = (asset: Asset): readonly string[] => Object.keys(columnSchemas(asset))
