/** A source does not load if its pattern is not a valid pattern of file names. */
import { defineSource, text } from 'lake'
import { expect, it } from 'vitest'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'

const built = (pattern: string) => buildGraph([defineSource({ key: 'events', columns: { a: text() }, pattern })])

it.each(['*.json', 'part-?[0-9]*.{json,ndjson}', '!*.csv', '+(a|b)*.json'])(
  'a source with the pattern %s loads',
  (pattern) => {
    expect(built(pattern).kind).toBe('graph')
  },
)

it.each([
  ['', 'matches no file name'],
  ['2018/*.json', 'matches no file name'],
  ['!(a|b).json', 'is not a glob that lake can match'],
  ['[a-', 'is not a glob that lake can match'],
])('a source with the pattern %j does not load, and the error says what to write', (pattern, why) => {
  expect(built(pattern)).toMatchObject({
    kind: 'problems',
    problems: [{ asset: 'events', message: expect.stringContaining(why), remedy: expect.stringContaining('*') }],
  })
})
