/** lake does not read a query again that it has checked in an earlier load of the project. */
import { defineAsset, defineSource, int, text } from 'lake'
import { describe, expect, it } from 'vitest'
import type { Asset } from '../../../framework/declare/definition.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'

const events = defineSource({ key: 'events', columns: { name: text(), size: int() } })
const names = (column: 'name' | 'size') =>
  defineAsset({
    key: 'names',
    columns: { name: text() },
    upstream: { events },
    query: ({ db }) => db.selectFrom('events').select(`${column} as name`) as never,
  })

class Checked {
  readonly hashes = new Set<string>()
  added = 0

  has(hash: string): boolean {
    return this.hashes.has(hash)
  }

  add(hash: string): void {
    this.added += 1
    this.hashes.add(hash)
  }
}

describe('a query that lake has checked before', () => {
  const load = (checked: Checked, ...assets: readonly Asset[]) => buildGraph([events, ...assets], checked).kind

  it('is recognized by its text, its columns and those of its upstreams', () => {
    const checked = new Checked()
    expect(load(checked, names('name'))).toBe('graph')
    const [hash] = checked.hashes
    expect(load(checked, names('name'))).toBe('graph')
    expect(checked.hashes.size).toBe(1)
    const wider = defineSource({ key: 'events', columns: { name: text().nullable(), size: int() } })
    const over = { ...names('name'), upstream: { events: wider } } as unknown as Asset
    expect(buildGraph([wider, over], checked).kind).toBe('graph')
    expect([...checked.hashes].filter((other) => other !== hash)).toHaveLength(1)
  })

  it('is not recorded if it has a problem', () => {
    const checked = new Checked()
    expect(load(checked, names('size'))).toBe('problems')
    expect(checked.added).toBe(0)
    expect(load(checked, names('size'))).toBe('problems')
  })

  it('gives the same relation when lake reads it later', () => {
    const checked = new Checked()
    const [first, second] = [0, 1].map(() => {
      const built = buildGraph([events, names('name')], checked)
      const table = built.kind === 'graph' ? built.graph.get('names') : undefined
      return table?.kind === 'table' ? table.query.relation : undefined
    })
    expect(first).toBeDefined()
    expect(second).toEqual(first)
  })
})
