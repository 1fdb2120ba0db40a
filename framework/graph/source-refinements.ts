/** Refinements of a source's columns by which lines cannot be validated alike on every engine. */

import { resolveColumn } from '../declare/columns.ts'
import type { Asset } from '../declare/definition.ts'
import { unsupportedInLines } from '../declare/line-refinements.ts'
import type { Problem } from './problem.ts'

export function sourceRefinementProblems(asset: Asset): readonly Problem[] {
  if (asset.kind === 'table') return []
  const { key, file } = asset
  return Object.entries(asset.columns).flatMap(([name, schema]) => {
    const column = resolveColumn(name, schema)
    const unsupported = column ? unsupportedInLines(column) : []
    return unsupported.map((what) => ({
      ...{ asset: key, file },
      message: `the column ${name} asks for ${what}, by which lines cannot be validated alike on every engine`,
      remedy:
        'use a pattern of text without names, look-around, back references, \\p and thousands of repetitions, or check the rows of a table',
    }))
  })
}
