// How the status screen draws a lineage.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DrawnLineage, drawingOrder, layOutRails } from '../../../../framework/tui/status/lineage/rails.ts'

const lineage = (edges: Readonly<Record<string, readonly string[]>>): DrawnLineage => ({
  keys: Object.keys(edges),
  upstream: (key) => edges[key] ?? [],
})

function drawn(edges: Readonly<Record<string, readonly string[]>>, most = 8): readonly string[] {
  const given = lineage(edges)
  const rows = layOutRails({ ...given, keys: drawingOrder(given) }, most)
  return rows.map(({ key, before, after, unseen }) => {
    const text = (cells: typeof before) => cells.map((cell) => cell.text).join('')
    return `${text(before)}o${text(after)} ${key}${unseen > 0 ? ` +${unseen}` : ''}`
  })
}

describe('the rails of a lineage', () => {
  it('lead from each upstream to all its readers, and end at the last reader', () => {
    const plays = { catalog: [], events: [], songs: ['catalog'], artists: ['catalog'], time: ['events'] }
    expect(drawn({ ...plays, songplays: ['catalog', 'events', 'songs'], users: ['events'] })).toEqual([
      'o catalog',
      '├─o songs',
      '├─│─o artists',
      '│ │ o events',
      '│ │ ├─o time',
      '└─┴─┼─o songplays',
      '    └─o users',
    ])
  })

  it('put an asset right after its last upstream, whatever the order of declaration', () => {
    expect(drawingOrder(lineage({ a: [], b: [], ofB: ['b'], ofA: ['a'], both: ['a', 'b'] }))).toEqual([
      ...['a', 'ofA', 'b', 'ofB', 'both'],
    ])
  })

  it('go back to the left if there is no room for a longer chain', () => {
    expect(drawn({ a: [], b: ['a'], c: ['b'], d: ['c'], e: ['d'] }, 3)).toEqual([
      'o a',
      '└─o b',
      '  └─o c',
      'o───┘ d',
      '└─o e',
    ])
  })

  it('count the upstreams for whose rails there is no room', () => {
    expect(drawn({ a: [], b: [], c: [], all: ['a', 'b', 'c'] }, 2)).toEqual(['o a', '│ o b', '│ │ o c', '└─┴─o all +1'])
  })

  it('do not mention upstreams that are not drawn', () => {
    expect(drawn({ songs: ['catalog'], plays: ['songs', 'events'] })).toEqual(['o songs', '└─o plays'])
    expect(drawn({})).toEqual([])
  })

  it('show each asset of any lineage once, after its upstreams, within the given room', () => {
    const anyLineage = fc
      .array(fc.array(fc.nat()), { maxLength: 40 })
      .map((reads) =>
        Object.fromEntries(
          reads.map((upstreams, index) => [
            `t${index}`,
            index === 0 ? [] : [...new Set(upstreams.map((one) => `t${one % index}`))],
          ]),
        ),
      )
    fc.assert(
      fc.property(anyLineage, fc.integer({ min: 1, max: 6 }), (edges, most) => {
        const order = drawingOrder(lineage(edges))
        expect(order.toSorted()).toEqual(Object.keys(edges).toSorted())
        for (const [index, key] of order.entries()) {
          for (const upstream of edges[key] ?? []) expect(order.indexOf(upstream)).toBeLessThan(index)
        }
        for (const { key, before, after, unseen } of layOutRails({ ...lineage(edges), keys: order }, most)) {
          expect(before.length + after.length).toBeLessThanOrEqual(2 * most)
          // Every rail of an upstream has a joint in the row, unless it is counted.
          const joints = [...before, ...after].filter(({ text }) => '┘└┴┤├┼'.includes(text))
          expect(joints.length + unseen).toBe(edges[key]?.length ?? 0)
          expect(new Set(joints.map((cell) => cell.upstream)).size).toBe(joints.length)
        }
      }),
      { numRuns: 200 },
    )
  })
})
