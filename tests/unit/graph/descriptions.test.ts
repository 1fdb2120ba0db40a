/** Descriptions of columns, owners and groups: an asset has them, and they make nothing stale. */
import { describe, expect, it } from 'vitest'
import { resolveColumn } from '../../../framework/declare/columns.ts'
import { descriptionsFinding } from '../../../framework/doctor/description-check.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { defineAsset, defineSource, int, text } from '../../../framework/index.ts'

describe('the description of a column', () => {
  it.each([
    [text().describe('A name.'), 'A name.'],
    [text().describe('A name.').nullable(), 'A name.'],
    [text().nullable().describe('A name.'), 'A name.'],
    [text().min(1).describe('A name.').max(9), 'A name.'],
    [text(), undefined],
  ])('is the text of describe(), wherever in the declaration it is called', (schema, description) => {
    const column = resolveColumn('name', schema)
    expect(column).toMatchObject({ name: 'name', type: { kind: 'text' } })
    expect(column?.description).toBe(description)
  })
})

function graph(described: boolean) {
  const a = described ? int().describe('A number.') : int()
  const numbers = defineSource({ key: 'numbers', columns: { a }, ...(described && { description: 'Numbers.' }) })
  const small = defineAsset({
    key: 'small',
    ...(described && { owner: 'numbers@team', group: 'maths', description: 'The small ones.' }),
    columns: { a },
    primaryKey: ['a'],
    upstream: { numbers },
    query: ({ db }) => db.selectFrom('numbers').select('a').where('a', '<', 10),
  })
  const built = buildGraph([numbers, small])
  if (built.kind !== 'graph') throw new Error('the assets do not load')
  return built.graph
}

it('descriptions, owners and groups make nothing stale', () => {
  const versions = (described: boolean) => graph(described).assets.map(({ code }) => code.version)
  expect(versions(true)).toEqual(versions(false))
})

it('doctor counts the assets and columns without a description', () => {
  expect(descriptionsFinding(graph(true).assets)).toEqual({
    status: 'ok',
    found: '2 of 2 assets and 4 of 4 columns have one',
    remedy: null,
  })
  expect(descriptionsFinding(graph(false).assets)).toMatchObject({
    status: 'warning',
    found: '0 of 2 assets and 2 of 4 columns have one',
    remedy: expect.stringMatching(/^Describe numbers, small:/),
  })
})
