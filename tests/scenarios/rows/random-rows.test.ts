// Random histories of a service: at every time, the table has exactly the rows up to the cursor in
// its newest commit.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bigint, byKey, defineAsset, defineSource, int, text } from '../../../framework/index.ts'
import { observeTable } from '../../../framework/observe/observe.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { tableRows } from '../../support/lakes/table-rows.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { checkProperty } from '../../support/random/property.ts'

type Mode = 'append' | 'upsert'

interface Page {
  readonly rows: readonly { readonly id: number; readonly name: string }[]
  readonly deleted: readonly { readonly id: number }[]
}

/**
 * `dieAfter` is the number of writes to the lake after which the run dies. `failAt` is the page at
 * which the service fails.
 */
type Action =
  | { readonly kind: 'grow'; readonly pages: readonly Page[] }
  | { readonly kind: 'run'; readonly dieAfter?: number; readonly failAt?: number; readonly full?: boolean }

const id = fc.integer({ min: 0, max: 7 })
const row = fc.record({ id, name: fc.constantFrom('a', 'b', 'c') })
const page: fc.Arbitrary<Page> = fc.record({
  rows: fc.array(row, { maxLength: 4 }),
  deleted: fc.array(fc.record({ id }), { maxLength: 2 }),
})
const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('grow'), pages: fc.array(page, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'run' }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('run'), dieAfter: fc.integer({ min: 0, max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('run'), failAt: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'run', full: true }) },
) as fc.Arbitrary<Action>

class Service {
  readonly pages: Page[] = []
  failAt = Number.POSITIVE_INFINITY

  async *read(after: number) {
    for (let at = after; at < this.pages.length; at++) {
      if (at === this.failAt) throw new Error('connection lost')
      const { rows = [], deleted = [] } = this.pages[at] ?? {}
      yield { rows, deleted, cursor: at + 1 }
    }
  }

  /** The rows of the first `pages` pages, as `tableRows` writes them. */
  rowsAt(mode: Mode, pages: number): readonly string[] {
    const all = this.pages.slice(0, pages)
    const written = (row: object) => JSON.stringify(row)
    if (mode === 'append') return all.flatMap(({ rows }) => rows.map(written)).toSorted()
    const table = new Map<number, string>()
    for (const { rows, deleted } of all) {
      for (const { id } of deleted) table.delete(id)
      for (const row of rows) table.set(row.id, written({ id: row.id, name: row.name }))
    }
    return [...table.values()].toSorted()
  }
}

function declare(service: Service, mode: Mode, checkpointRows: number | undefined) {
  const common = {
    ...{ key: 'things', columns: { id: bigint(), name: text() }, cursor: int(), allowEmpty: true },
    ...(checkpointRows !== undefined && { checkpointRows }),
  }
  const things =
    mode === 'upsert'
      ? defineSource({
          ...common,
          mode,
          primaryKey: ['id'],
          rows: ({ cursor = 0 }) => service.read(cursor),
        })
      : defineSource({
          ...common,
          mode,
          async *rows({ cursor = 0 }) {
            for await (const { rows, cursor: next } of service.read(cursor)) yield { rows, cursor: next }
          },
        })
  const names = defineAsset({
    ...{ key: 'names', columns: { name: text(), things: bigint() }, primaryKey: ['name'], incremental: byKey('name') },
    upstream: { things },
    query: ({ db, fn }) =>
      db
        .selectFrom('things')
        .groupBy('name')
        .select(['name', fn.countRows().as('things')]),
  })
  return graphOf([things, names])
}

const history = fc.array(action, { minLength: 2, maxLength: 9 })
const mode = fc.constantFrom<Mode>('append', 'upsert')
const checkpoints = fc.constantFrom(undefined, 1, 5)

it('no history of appends, upserts, deletes, failures and kills makes a table lose or repeat a row', async () => {
  await checkProperty(
    'rows from code',
    fc.asyncProperty(mode, checkpoints, history, async (mode, checkpointRows, actions) => {
      const [service, lake] = [new Service(), new TestLake()]
      const graph = declare(service, mode, checkpointRows)
      const cursor = async () => {
        const rows = (await observeTable(lake.lake, 'things'))?.provenance.source?.rows
        return rows?.cursor === undefined ? 0 : (JSON.parse(rows.cursor) as number)
      }
      const run = async ({ dieAfter, failAt, full }: Omit<Extract<Action, { kind: 'run' }>, 'kind'>) => {
        service.failAt = failAt ?? Number.POSITIVE_INFINITY
        const options = { selection: ['things+'], alwaysFollow: true, ...(full && { full }) }
        return lake.run(graph, { ...options, ...(dieAfter !== undefined && { dieAfter }) }).catch(() => undefined)
      }
      try {
        for (const action of [...actions, { kind: 'run' } as const]) {
          if (action.kind === 'grow') service.pages.push(...action.pages)
          else {
            const ran = await run(action)
            if (ran?.result.status === 'succeeded') expect(await cursor()).toBe(service.pages.length)
          }
          expect(await tableRows(lake, 'things')).toEqual(service.rowsAt(mode, await cursor()))
        }
        expect(await cursor()).toBe(service.pages.length)
        expect(await lake.differences(graph)).toEqual({})
      } finally {
        lake.close()
      }
    }),
    12,
  )
})
