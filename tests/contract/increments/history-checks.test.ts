// Checks that compare a table with its own earlier versions.
import {
  bigint,
  byKey,
  type Check,
  defineAsset,
  defineSource,
  nullShareLikeBefore,
  rowCountLikeBefore,
  text,
} from 'lake'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { DuckDbEngine } from '../../../framework/engines/duckdb/duckdb-engine.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { checkSelected } from '../../../framework/maintain/check-tables.ts'
import { observeTable } from '../../../framework/observe/observe.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { errors, warnings } from '../../support/lakes/test-run.ts'

const lines = defineSource({ key: 'lines', columns: { id: bigint(), name: text().nullable() } })

const table = (checks: readonly Check[], options: object = {}) =>
  defineAsset({
    ...{ key: 'copies', columns: { id: bigint(), name: text().nullable() }, primaryKey: ['id'] },
    ...{ incremental: byKey('id'), upstream: { lines }, checks },
    query: ({ db }) => db.selectFrom('lines').select(['id', 'name']),
    ...options,
  })

describe('a table that is compared with its earlier versions', () => {
  let lake: TestLake
  beforeEach(() => {
    lake = new TestLake()
    onTestFinished(() => lake.close())
  })

  /** Makes rows with these names. */
  function write(names: readonly (string | null)[]) {
    lake.write(
      'lines/a.json',
      names.map((name, id) => ({ id, name })),
    )
  }
  const many = (count: number, nulls = 0) => Array.from({ length: count }, (_, id) => (id < nulls ? null : `n${id}`))
  const version = async () => (await observeTable(lake.lake, 'copies'))?.version

  it.each(['incremental', 'full'])(
    'is not published with far fewer rows (%s), and the error explains it',
    async (how) => {
      const graph = graphOf([lines, table([rowCountLikeBefore({ tolerance: 0.3 })])])
      const full = how === 'full'
      for (const count of [10, 11, 12]) {
        write(many(count))
        expect(errors(await lake.run(graph, { full }))).toEqual([])
      }
      write(many(7))
      const run = await lake.run(graph, { full })
      expect(errors(run)).toMatchObject([
        {
          code: 'check-failed',
          message: expect.stringContaining(
            'copies: the check "row count within 30 % of the last 5 versions" fails: ' +
              'it has 7 rows; the 3 versions before have 10 to 12, so 8 to 14 are expected',
          ),
        },
      ])
      expect(await version()).toBe(2)
      write(many(8))
      expect(errors(await lake.run(graph, { full }))).toEqual([])
    },
  )

  it('is published with a warning if it has many more nulls than before; the warning ends when the nulls are few again', async () => {
    write(many(10, 1))
    await lake.run(graphOf([lines, table([])]))
    const graph = graphOf([lines, table([nullShareLikeBefore('name', { tolerance: 0.2, severity: 'warn' })])])
    write(many(10, 6))
    const run = await lake.run(graph)
    const check = 'share of nulls in name within 20 points of the last 5 versions (else a warning)'
    const explanation =
      'name is null in 6 of 10 rows (60.0 %); the version before has 10.0 %, so 0.0 % to 30.0 % are expected'
    expect(warnings(run)).toEqual([`copies: the check "${check}" fails: ${explanation}`])
    const state = await observeTable(lake.lake, 'copies')
    expect(state?.provenance).toMatchObject({
      nulls: { name: 6 },
      checked: { warnings: [{ check, rows: 6, explanation }] },
    })
    write([...many(10, 5), 'n10'])
    expect(warnings(await lake.run(graph))).toEqual([])
    expect((await observeTable(lake.lake, 'copies'))?.provenance.checked?.warnings).toEqual([])
  })

  it('is compared by `lake check` too, in its current version', async () => {
    const graph = graphOf([lines, table([])])
    for (const count of [10, 3]) {
      write(many(count))
      await lake.run(graph)
    }
    const engine = new DuckDbEngine({ memoryLimit: '500MB', threads: 1 }, lake.directory)
    onTestFinished(() => engine.close())
    const checked = await checkSelected({
      ...{ graph: graphOf([lines, table([rowCountLikeBefore()])]), storages: lake.storages, selection: ['copies'] },
      ...{ engine: async () => engine, signal: new AbortController().signal, now: () => new Date() },
      done: () => undefined,
    })
    expect(checked).toMatchObject([
      {
        result: 'failed',
        checks: [{ explanation: 'it has 3 rows; the version before has 10, so 5 to 15 are expected' }],
      },
    ])
  })

  it('is refused when the project loads if a check has a wrong tolerance or names no column', () => {
    const wrong = [rowCountLikeBefore({ tolerance: -1 }), nullShareLikeBefore('nme', { versions: 0 })]
    const built = buildGraph([lines, table(wrong, { deletionVectors: true })])
    expect(built.kind === 'problems' && built.problems.map(({ message }) => message)).toEqual([
      'a check compares the nulls in nme, and it has deletionVectors',
      'a check compares with 0 versions',
      'a check has the tolerance -1',
      'a check names nme, which is not a column',
    ])
  })
})
