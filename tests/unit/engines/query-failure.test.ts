// What lake tells an author when an engine fails in the SQL of an asset.
import { describe, expect, it } from 'vitest'
import {
  checksNotRun,
  incrementFailed,
  previewFailed,
  queryFailed,
} from '../../../framework/engines/sql/query-failure.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { defineAsset, defineSource, int } from '../../../framework/index.ts'

const columns = { a: int() }
const numbers = defineSource({ key: 'numbers', columns })
const declared = defineAsset({
  ...{ key: 'small', columns, primaryKey: ['a'], upstream: { numbers } },
  query: ({ db }) => db.selectFrom('numbers').select('a'),
})
const built = buildGraph([numbers, declared])
const small = built.kind === 'graph' ? built.graph.get('small') : undefined
if (small?.kind !== 'table') throw new Error('the assets do not load')

const sql = 'SELECT a FROM numbers'
const line = (number: number) => ({ asset: 'numbers', file: 'a.json', line: number })

describe('the failure of SQL', () => {
  it('names the asset with its file, the reason and the query', () => {
    const { message, code, asset, details } = queryFailed(small, { reason: 'it overflows', sql })
    expect(message).toMatch(/^the query of small \(.*query-failure\.test\.ts\) failed: it overflows\n/)
    expect(message).toMatch(/\nThe query was:\nSELECT a FROM numbers$/)
    expect({ code, asset, details }).toMatchObject({ code: 'query-failed', asset: 'small', details: { sql } })
  })

  it('names the source lines that cause it', () => {
    const failed = { reason: 'it overflows', sql, lines: [line(3), line(5)] }
    expect(incrementFailed(small, failed).message).toMatch(
      /^the increment of small \(.*\) failed: it overflows\nIt fails at these lines \(there may be more\):\n {2}numbers: a\.json:3\n {2}numbers: a\.json:5\nThe query is:\n/,
    )
    expect(incrementFailed(small, failed).details).toMatchObject({ lines: [line(3), line(5)] })
    const together = { ...failed, lines: [{ ...line(3), together: true }] }
    expect(queryFailed(small, together).message).toContain('at this line together with those before it:\n')
  })

  it('does not repeat the query in a preview, which shows it already', () => {
    const cause = new Error('of the engine')
    const failed = previewFailed(small, { reason: 'it overflows', sql, cause })
    expect(failed).toMatchObject({ message: 'the query of small failed: it overflows', cause, details: { sql } })
  })

  it('says of checks that the engine could not run them', () => {
    expect(checksNotRun(small, { reason: 'no memory' }).message).toMatch(
      /^the checks of small \(.*\) could not be run: no memory$/,
    )
  })
})
