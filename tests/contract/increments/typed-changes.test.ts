/**
 * Random queries of the whole language over rows of every type: increments give the rows of a
 * rebuild.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DuckDbSession } from '../../../framework/engines/duckdb/duckdb-session.ts'
import { canonicalSql } from '../../../framework/query/query.ts'
import { readTree } from '../../support/engines/three-engines.ts'
import { numbers } from '../../support/random/choices.ts'
import { comparedChanges } from '../../support/random/compared-changes.ts'
import { checkProperty } from '../../support/random/property.ts'
import { pushedDownQuery, typedQuery } from '../../support/random/random-typed-queries.ts'
import { TYPED_UPSTREAMS, typedLives } from '../../support/random/typed-tables.ts'

/** The queries are the same in each run. `npm run fuzz` tries others, and more of them. */
const DRAWN = { runs: 30, seed: 7 }

/** The queries that `pushedDownQuery` makes are small. */
const PUSHED_DOWN = { runs: 24, seed: 11 }

/** The limit is long, because a failing query is made smaller before it is shown. */
const TIMEOUT = 3_600_000

const way = fc.record({ large: fc.boolean(), cuts: fc.boolean(), filtered: fc.boolean() })

describe('the derived change of a query over rows of every type', () => {
  let session: DuckDbSession
  beforeAll(async () => {
    session = await DuckDbSession.open({ memoryLimit: '500MB', threads: 1 }, '/tmp')
  })
  afterAll(() => session.close())

  const cases = [
    ['a query', DRAWN, typedQuery, typedLives(8)],
    [
      'a query whose rows are left out by the values of a function or a series',
      PUSHED_DOWN,
      pushedDownQuery,
      typedLives(10, true),
    ],
  ] as const
  it.each(cases)(
    'leads from the old rows to the rows of a rebuild: %s',
    { timeout: TIMEOUT },
    async (name, drawn, queryBy, rows) => {
      const seen = { compared: 0, changed: 0, kept: 0 }
      const property = fc.asyncProperty(numbers, rows, way, async (choices, lives, way) => {
        const tree = queryBy(choices)
        if (!tree) return
        const compared = await session.withConnection((db) =>
          comparedChanges(db, readTree(tree, TYPED_UPSTREAMS), { lives, way }),
        )
        if (compared.kind === 'fails') return
        const { rebuilt, followed, kept, moved } = compared
        expect(followed, canonicalSql(tree)).toEqual(rebuilt)
        seen.compared += 1
        if (rebuilt.before.join('\n') !== rebuilt.after.join('\n')) seen.changed += 1
        if (kept > 0 && moved > 0) seen.kept += 1
      })
      const runs = await checkProperty(`changes of ${name}`, property, drawn)
      if (runs < drawn.runs) return
      expect(seen.compared).toBeGreaterThan(runs / 3)
      expect(seen.changed).toBeGreaterThan(runs / 10)
      expect(seen.kept).toBeGreaterThan(runs / 30)
    },
  )
})
