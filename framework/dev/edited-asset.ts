/** Finds the asset that a person edits, from what changed in the project. */
import type { AssetGraph } from '../graph/asset-graph.ts'
import type { ResolvedTable } from '../graph/resolved-asset.ts'

/**
 * The first table whose query or columns changed, or else the first that a changed file declares.
 * undefined if there is none.
 */
export function editedAsset(
  before: AssetGraph,
  after: AssetGraph,
  changed: readonly string[],
): ResolvedTable | undefined {
  const tables = after.assets.flatMap((asset) => (asset.kind === 'table' ? [asset] : []))
  const isOther = ({ key, code }: ResolvedTable) => !before.has(key) || before.get(key).code.version !== code.version
  return (
    tables.find(isOther) ??
    tables.find(({ declared }) => declared.file !== undefined && changed.includes(declared.file))
  )
}
