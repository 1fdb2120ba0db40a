// A process that loads a project again, as `lake dev` does, reads only the queries that changed.
import { bigint, defineAsset, defineSource } from 'lake'
import { expect, it } from 'vitest'
import { checkedQueries } from '../../../framework/cli/project/checked-queries-file.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'

const numbers = defineSource({ key: 'numbers', columns: { n: bigint() } })

/**
 * Loads the project again. Returns the project, and the keys of the tables whose query was read.
 */
function load(least: Readonly<Record<string, number>>) {
  const asked: string[] = []
  const tables = Object.entries(least).map(([key, limit]) =>
    defineAsset({
      ...{ key, columns: { n: bigint() }, upstream: { numbers } },
      query: ({ db }) => {
        asked.push(key)
        return db.selectFrom('numbers').select('n').where('n', '>', limit)
      },
    }),
  )
  const cache = checkedQueries(tables.length + 1)
  const built = buildGraph([numbers, ...tables], cache)
  cache.save()
  if (built.kind !== 'graph') throw new Error(JSON.stringify(built.problems))
  return { graph: built.graph, asked }
}

it('a query that an earlier load has checked is not read before a command needs it', () => {
  load({ small: 1, large: 100 })
  const { graph, asked } = load({ small: 2, large: 100 })
  // lake builds each query once. The built query shows whether it is the same as before.
  expect(asked).toEqual(['small', 'large'])
  for (const key of ['small', 'large']) {
    const asset = graph.get(key)
    if (asset.kind === 'table') expect(asset.query.relation).toBeDefined()
  }
  expect(asked.slice(2)).toEqual(['large'])
})
