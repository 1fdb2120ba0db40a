// Assets that can be built at the same time start in the best order.
import { bigint, defineAsset, defineSource } from 'lake'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Asset } from '../../../framework/declare/definition.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, started } from '../../support/lakes/test-run.ts'

const lines = defineSource({ key: 'lines', columns: { id: bigint() } })

const copyOf = (key: string, upstream: Asset & Pick<typeof lines, 'columns'>) =>
  defineAsset({
    ...{ key, columns: { id: bigint() }, primaryKey: ['id'], upstream: { rows: upstream } },
    query: ({ db }) => db.selectFrom('rows').select('id'),
  })

describe('assets that can be built at the same time', () => {
  it('start with the asset for which the longest chain of assets waits', async () => {
    const lake = new TestLake()
    onTestFinished(() => lake.close())
    lake.write('lines/a.json', [{ id: 1 }])
    const long = copyOf('x_long', lines)
    const next = copyOf('y_next', long)
    const alone = ['a', 'b', 'c'].map((key) => copyOf(`${key}_alone`, lines))
    const run = await lake.run(graphOf([lines, ...alone, long, next, copyOf('z_last', next)]))
    expect(errors(run)).toEqual([])
    expect(
      started(run)
        .map(({ asset }) => asset)
        .slice(0, 2),
    ).toEqual(['lines', 'x_long'])
  })
})
