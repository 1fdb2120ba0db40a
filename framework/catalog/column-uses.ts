/** Derives where the values of each column come from, and which columns use them. */
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'
import { columnLineage, type Dependence, type Derivation, type RowInfluence } from '../relation/column-lineage.ts'
import type { ColumnUse } from './catalog-document.ts'

/** The lineage of an asset's columns. Names of columns without a use are missing. */
export interface ColumnUses {
  readonly from: ReadonlyMap<string, readonly ColumnUse[]>
  readonly to: ReadonlyMap<string, readonly ColumnUse[]>
  readonly rows: readonly ColumnUse[]
}

/** Returns the uses by asset key. */
export function columnUses({ assets }: Pick<AssetGraph, 'assets'>): ReadonlyMap<string, ColumnUses> {
  const to = new Map<string, Map<string, ColumnUse[]>>(assets.map(({ key }) => [key, new Map()]))
  const uses = assets.map((asset) => {
    const lineage = asset.kind === 'table' ? tableLineage(asset) : NO_LINEAGE
    for (const [column, origins] of lineage.from) {
      for (const { asset: upstream, column: origin, how } of origins) {
        const readers = to.get(upstream)
        const use = { asset: asset.key, column, how }
        readers?.set(origin, [...(readers.get(origin) ?? []), use])
      }
    }
    return [asset.key, { ...lineage, to: to.get(asset.key) ?? new Map() }] as const
  })
  return new Map(uses)
}

const NO_LINEAGE: Omit<ColumnUses, 'to'> = { from: new Map(), rows: [] }

function tableLineage({ query, upstream }: ResolvedTable): Omit<ColumnUses, 'to'> {
  const { columns, rows } = columnLineage(query.relation, query.outputs)
  const keys = new Map(upstream.map(({ alias, key }) => [alias, key]))
  const usesOf = (all: readonly Dependence<Derivation | RowInfluence>[]) =>
    merged(all.map(({ alias, column, how }) => ({ asset: keys.get(alias) ?? alias, column, how })))
  return { from: new Map([...columns].map(([name, all]) => [name, usesOf(all)])), rows: usesOf(rows) }
}

/** An upstream that the query reads under two aliases is one asset. */
function merged(uses: readonly ColumnUse[]): readonly ColumnUse[] {
  const byColumn = new Map<string, ColumnUse>()
  for (const use of uses) {
    const column = `${use.asset}.${use.column}`
    const how = [...new Set([...(byColumn.get(column)?.how ?? []), ...use.how])]
    byColumn.set(column, { ...use, how })
  }
  return [...byColumn.values()]
}
