// The order in which a run visits assets.
import { describe, expect, it } from 'vitest'
import { longestChains } from '../../../../framework/graph/walk/longest-chains.ts'
import { type GraphWalk, walkGraph } from '../../../../framework/graph/walk/walk-graph.ts'

type Edges = Readonly<Record<string, readonly string[]>>

/** `table` and `other` read `source`; `report` reads both. */
const DIAMOND: Edges = { source: [], table: ['source'], other: ['source'], report: ['table', 'other'] }

/** Walks the nodes of `edges`. Returns the results, and the order in which visits began. */
async function walk<Result>(edges: Edges, own: Partial<GraphWalk<Result>> & Pick<GraphWalk<Result>, 'visit'>) {
  const begun: string[] = []
  const results = await walkGraph<Result>({
    keys: Object.keys(edges),
    upstream: (key) => edges[key] ?? [],
    priority: () => 0,
    concurrency: 1,
    ...own,
    visit: (key, upstream) => {
      begun.push(key)
      return own.visit(key, upstream)
    },
  })
  return { begun, results }
}

/** A promise that the test settles. */
function deferred() {
  let resolve = (): void => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

/** Runs everything that waits only for settled promises. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('the walk of a graph', () => {
  it('visits each node once, after its upstreams, and gives it their results', async () => {
    const { begun, results } = await walk<number>(DIAMOND, {
      visit: async (_, upstream) => 1 + upstream.reduce((sum, result) => sum + result, 0),
    })
    expect(begun).toEqual(['source', 'table', 'other', 'report'])
    expect(Object.fromEntries(results)).toEqual({ source: 1, table: 2, other: 2, report: 5 })
  })

  it('accepts the nodes in any order', async () => {
    const keys = ['report', 'table', 'source', 'other']
    const { begun } = await walk(DIAMOND, { keys, visit: async () => undefined })
    expect(begun).toEqual(['source', 'table', 'other', 'report'])
  })

  it('ignores upstreams that are not among the nodes', async () => {
    const { begun, results } = await walk(DIAMOND, {
      keys: ['table', 'report'],
      visit: async (_, upstream) => upstream.length,
    })
    expect(begun).toEqual(['table', 'report'])
    expect(Object.fromEntries(results)).toEqual({ table: 0, report: 1 })
  })

  it('begins with the ready node that has the highest priority', async () => {
    const edges = { low: [], high: [], middle: [], after: ['low'] }
    const priorities: Readonly<Record<string, number>> = { low: 0, high: 2, middle: 1, after: 3 }
    const { begun } = await walk(edges, { priority: (key) => priorities[key] ?? 0, visit: async () => undefined })
    expect(begun).toEqual(['high', 'middle', 'low', 'after'])
  })

  it('visits no more nodes at once than it is allowed to', async () => {
    let [running, most] = [0, 0]
    await walk(
      { one: [], two: [], three: [], four: [], five: [] },
      {
        concurrency: 2,
        visit: async () => {
          most = Math.max(most, ++running)
          await settled()
          running--
        },
      },
    )
    expect(most).toBe(2)
  })

  it('visits a node as soon as its own upstreams are done, even if other nodes are still running', async () => {
    const slow = deferred()
    const begun: string[] = []
    const walking = walk(
      { slow: [], quick: [], next: ['quick'], last: ['slow'] },
      {
        concurrency: 2,
        visit: async (key) => {
          begun.push(key)
          if (key === 'slow') await slow.promise
        },
      },
    )
    await settled()
    expect(begun).toEqual(['slow', 'quick', 'next'])
    slow.resolve()
    await walking
    expect(begun).toEqual(['slow', 'quick', 'next', 'last'])
  })

  it('throws the error of a visit after the other visits end, and visits nothing downstream of it', async () => {
    const done: string[] = []
    const walking = walk(DIAMOND, {
      visit: async (key) => {
        if (key === 'table') throw new Error('a defect')
        done.push(key)
      },
    })
    await expect(walking).rejects.toThrow('a defect')
    expect(done).toEqual(['source', 'other'])
  })
})

describe('the longest chains', () => {
  it('count the nodes that wait for a node one after the other', () => {
    const edges: Edges = { ...DIAMOND, summary: ['report'], alone: [] }
    const chains = longestChains(Object.keys(edges), (key) => edges[key] ?? [])
    expect(Object.fromEntries(chains)).toEqual({ source: 3, table: 2, other: 2, report: 1, summary: 0, alone: 0 })
  })

  it('leave out nodes that are not among the keys', () => {
    const chains = longestChains(['source', 'report'], (key) => DIAMOND[key] ?? [])
    expect(Object.fromEntries(chains)).toEqual({ source: 0, report: 0 })
  })
})
