// An engine on this machine builds the same rows whether it builds one small table or many at once.
import { bigint, defineAsset, defineSource } from 'lake'
import { describe, expect, it } from 'vitest'
import { engineBench, LOCAL_ENGINES } from '../../support/engines/engine-bench.ts'

/** Enough tables that the engine prepares for many builds at once. */
const TABLES = 20

const source = defineSource({ key: 'numbers', columns: { id: bigint() } })
const numbers = (count: number) => Array.from({ length: count }, (_, id) => ({ id }))
const tables = numbers(TABLES).map(({ id: least }) =>
  defineAsset({
    key: `from_${least}`,
    columns: { id: bigint() },
    primaryKey: ['id'],
    upstream: { source },
    query: ({ db }) => db.selectFrom('source').where('id', '>=', least).select('id'),
  }),
)

describe.each(LOCAL_ENGINES)('$name', ({ open }) => {
  it('builds each of many tables with its own rows', async () => {
    const bench = engineBench(open)
    const built = await Promise.all(tables.map(({ key }) => bench.build([source, ...tables], key, numbers(TABLES))))
    expect(built.map(({ files }) => files[0]?.stats.rows)).toEqual(numbers(TABLES).map(({ id }) => TABLES - id))
  })

  it('finds the repeated keys of each of many tables', async () => {
    const bench = engineBench(open)
    const lines = [...numbers(TABLES), { id: TABLES - 1 }]
    const built = await Promise.all(tables.map(({ key }) => bench.build([source, ...tables], key, lines)))
    for (const { checks } of built) expect(checks).toMatchObject([{ check: 'id is unique', rows: 2 }])
  })
})
