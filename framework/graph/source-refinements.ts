/** Reports refinements of sources that the engines would not validate alike. */
import { resolveColumn } from '../declare/columns.ts'
import type { Asset } from '../declare/definition.ts'
import { unsupportedInLines } from '../declare/line-refinements.ts'
import type { Problem } from './problem.ts'

const OTHER_PATTERN =
  'use a text pattern without named groups, look-around, back references, \\p and thousands of repetitions, or check the rows of a table'
const CHECK_TABLE = 'leave it to text columns; sqlCheck(...) checks the rows of a table'

export function sourceRefinementProblems(asset: Asset): readonly Problem[] {
  if (asset.kind === 'table') return []
  const { key, file } = asset
  return Object.entries(asset.columns).flatMap(([name, schema]) => {
    const column = resolveColumn(name, schema)
    const unsupported = column ? unsupportedInLines(column) : []
    return unsupported.map((what) => ({
      asset: key,
      file,
      message: `the column ${name} requires ${what}, which the engines would not validate alike in lines`,
      remedy: what.startsWith('/') ? OTHER_PATTERN : CHECK_TABLE,
    }))
  })
}
