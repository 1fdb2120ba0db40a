/** The queries of TPC-H, written as assets, load as a project. */
import { describe, expect, it } from 'vitest'
import type { Asset } from '../../../framework/declare/definition.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { QUERIES, TABLES } from '../../types/tpch/index.ts'

describe('the TPC-H queries', () => {
  it('are complete', () => {
    const expected = Array.from({ length: 22 }, (_, index) => `q${String(index + 1).padStart(2, '0')}`)
    expect(Object.keys(QUERIES).toSorted()).toEqual(expected)
    expect(
      Object.values(QUERIES)
        .map(({ key }) => key)
        .toSorted(),
    ).toEqual(expected)
  })

  it('load as assets', () => {
    const assets: readonly Asset[] = [...Object.values(TABLES), ...Object.values(QUERIES)]
    const built = buildGraph(assets)
    expect(built.kind === 'problems' ? built.problems : []).toEqual([])
  })
})
