/**
 * A source does not load if lake cannot validate lines by its refinements. The refinements are part
 * of its code version.
 */
import { bigint, date, defineAsset, defineSource, int, text } from 'lake'
import { describe, expect, it } from 'vitest'
import type { ColumnSchemas } from '../../../framework/declare/columns.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { codeChanges } from '../../../framework/observe/code-changes.ts'

const built = (columns: ColumnSchemas) => buildGraph([defineSource({ key: 'events', columns })])

function codeOf(columns: ColumnSchemas) {
  const result = built(columns)
  if (result.kind === 'problems') throw new Error(JSON.stringify(result.problems))
  return result.graph.get('events').code
}

describe('the refinements of a source', () => {
  it('are refused, with the name of the column, if Node and Python would read them differently', () => {
    const result = built({ a: text().regex(/(?=x)/), b: text().regex(/^x$/), c: text().regex(/\p{L}/u) })
    expect(result).toMatchObject({
      kind: 'problems',
      problems: [
        { asset: 'events', message: expect.stringContaining('the column a requires /(?=x)/') },
        { asset: 'events', message: expect.stringContaining('the column c requires /\\p{L}/') },
      ],
    })
    expect(built({ day: date().min(3) })).toMatchObject({
      problems: [{ message: expect.stringContaining('length of a date') }],
    })
  })

  it('are not restricted in tables', () => {
    const events = defineSource({ key: 'events', columns: { a: text() } })
    const table = defineAsset({
      key: 'copies',
      columns: { a: text().regex(/\p{L}/u) },
      upstream: { events },
      query: ({ db }) => db.selectFrom('events').select(['a']),
    })
    expect(buildGraph([events, table]).kind).toBe('graph')
  })

  it('are part of the code version, and the cause of staleness names a change of them', () => {
    const [plain, bounded, other] = [{ n: bigint() }, { n: bigint().min(0n) }, { n: bigint().min(1n) }].map(codeOf)
    if (!plain || !bounded || !other) throw new Error('no code')
    expect(new Set([plain.version, bounded.version, other.version]).size).toBe(3)
    expect(codeChanges(bounded, plain)).toEqual(['column n: bigint -> bigint, >= 0'])
    expect(codeChanges(other, bounded)).toEqual(['column n: bigint, >= 0 -> bigint, >= 1'])
    expect(codeOf({ n: int().min(0) }).version).toBe(codeOf({ n: int().min(0) }).version)
  })
})
