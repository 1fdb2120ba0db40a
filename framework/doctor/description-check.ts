/** Counts assets and columns without a description, for `lake doctor`. */
import type { ResolvedAsset } from '../graph/resolved-asset.ts'
import { counted } from '../text/counted.ts'
import { type Finding, ok, warning } from './check.ts'

const EXAMPLES = 3

/** Warns of assets without a description. Columns are only counted. */
export function descriptionsFinding(assets: readonly ResolvedAsset[]): Finding {
  const without = assets.filter(({ declared }) => declared.description === undefined).map(({ key }) => key)
  const columns = assets.flatMap((asset) => asset.columns)
  const described = columns.filter(({ description }) => description !== undefined)
  const found = `${assets.length - without.length} of ${counted(assets.length, 'asset')} and ${described.length} of ${counted(columns.length, 'column')} have one`
  if (without.length === 0) return ok(found)
  const others = without.length > EXAMPLES ? ' and others' : ''
  return warning(
    found,
    `Describe ${without.slice(0, EXAMPLES).join(', ')}${others}: description: '...' in defineSource and defineAsset.`,
  )
}
