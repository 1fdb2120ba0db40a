/**
 * Mistakes in a declaration of where a source's columns get their values, and of how the values are
 * written.
 */
import { describe, expect, it } from 'vitest'
import type { ColumnSchemas } from '../../../framework/declare/columns.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import {
  array,
  bigint,
  binary,
  defineAsset,
  defineSource,
  json,
  map,
  text,
  timestamp,
} from '../../../framework/index.ts'

const source = (columns: ColumnSchemas) => defineSource({ key: 'events', columns })

function problems(...assets: Parameters<typeof buildGraph>[0][number][]): readonly string[] {
  const built = buildGraph(assets)
  return built.kind === 'problems' ? built.problems.map(({ message, remedy }) => `${message}: ${remedy}`) : []
}

/** The mistakes in a source with these columns and another column, which has no mistake. */
const mistakes = (columns: ColumnSchemas) => problems(source({ id: bigint(), ...columns }))

describe('a column from the path of a file', () => {
  it('has the value of a directory, or of the only group of a pattern', () => {
    expect(
      mistakes({
        year: bigint().fromPath('year'),
        day: text().fromPath(/events-(.*)\.json$/),
        hour: text().fromPath(/(?<hour>\d\d)-(?:a|b)\.json$/),
      }),
    ).toEqual([])
  })

  it.each(['', 'year=', 'a/b'])('is not read from the directory %j, which no path has', (name) => {
    expect(mistakes({ year: text().fromPath(name) })).toEqual([
      `the column year is read from the directory ${JSON.stringify(`${name}=`)}, which no path has: name what precedes the '=', such as 'year', or give a pattern: fromPath(/events-(.*)\\.json$/)`,
    ])
  })

  it.each([
    [/^events/, 0],
    [/(\d+)-(\d+)/, 2],
    [/(?:a|b)|c/, 0],
    [/(a)|(b)/i, 2],
  ])('is not read by %s, which does not have exactly one group', (pattern, groups) => {
    expect(mistakes({ part: text().fromPath(pattern) })).toEqual([
      `the column part is read from a path by a pattern with ${groups} groups: give it one group: (...)`,
    ])
  })

  it('cannot be bytes, a nested value or JSON', () => {
    expect(mistakes({ hash: binary().fromPath('hash') })).toEqual([
      'the column hash is read from the path of a file, which holds no binary values: declare it with text()',
    ])
    // The type of an array has no fromPath.
    const tags = array(text()) as unknown as ReturnType<typeof text>
    expect(mistakes({ tags: tags.fromPath('tags') })).toEqual([
      'the column tags is read from the path of a file, which holds no array values: declare it with text()',
    ])
    expect(mistakes({ raw: json().fromPath('raw') })).toEqual([
      'the column raw is read from the path of a file, which holds no JSON values: declare it with text()',
    ])
  })

  it('can be used together with a column from the lines', () => {
    expect(problems(source({ year: text().fromPath('year') }))).toEqual([
      'all of its columns are read from the path of a file: declare a column that is read from the lines',
    ])
  })
})

describe('a column from a member of nested objects', () => {
  it.each(['$.a.b', "$.a['b c']", 'user-agent'])('is read from %s', (key) => {
    expect(mistakes({ a: text().from(key) })).toEqual([])
  })

  it.each(['$.items[0]', '$.*', '$.'])('is not read from %s, which is no path', (key) => {
    expect(mistakes({ a: text().from(key) })).toEqual([
      `the column a is read from ${JSON.stringify(key)}, which is no path: write a path such as $.a.b or $.a['b c'], without positions of arrays and without *`,
    ])
  })
})

describe('the format of a time', () => {
  it.each([
    [timestamp({ zone: 'Europe/Berln' }), /^the column at: there is no time zone "Europe\/Berln": .*Europe\/Berlin/],
    [timestamp({ pattern: 'yyyy-MM-dd' }), /cannot be used: it has no offset, so it needs a zone: write timestamp\(\{/],
    [timestamp({ pattern: 'yyyy-MM-dd Z', zone: 'UTC' }), /it has an offset, so it needs no zone: write timestamp\(\{/],
    [timestamp({ pattern: 'MM-dd', zone: 'UTC' }), /it has no year: use .*yyyy/],
    [timestamp({ pattern: 'yyyy yyyy', zone: 'UTC' }), /it has the year twice: use /],
    [timestamp({ pattern: 'yyyy HH hh a', zone: 'UTC' }), /it has the hour twice: use /],
    [timestamp({ pattern: 'yyyy hh', zone: 'UTC' }), /h and a need each other: use /],
  ])('is refused, and the error says what to write', (column, message) => {
    expect(mistakes({ at: column })).toEqual([expect.stringMatching(message)])
    // The same holds for the format of an element.
    expect(mistakes({ at: map(text(), array(column)) })).toEqual([expect.stringMatching(message)])
  })
})

it('a column of a table cannot say how a source reads it, but can be JSON', () => {
  const events = source({ id: bigint() })
  const table = (columns: ColumnSchemas) =>
    problems(
      events,
      defineAsset({
        ...{ key: 'table', columns: { id: bigint(), ...columns }, upstream: { events } },
        query: (({ db }: { db: { selectFrom(name: string): { selectAll(): unknown } } }) =>
          db.selectFrom('events').selectAll()) as never,
      }),
    ).filter((problem) => problem.includes('says how a source reads it'))
  const refused = (name: string) =>
    `the column ${name} says how a source reads it, but a query computes it: drop its from, fromPath and format: only columns of sources have them`
  expect(
    table({
      key: text().from('the-key'),
      year: text().fromPath('year'),
      odd: text().from('$.*'),
      at: timestamp({ epoch: 'seconds' }),
      hash: binary('hex'),
      raw: json(),
      plain: text(),
    }),
  ).toEqual(['at', 'hash', 'key', 'odd', 'year'].map(refused))
})
