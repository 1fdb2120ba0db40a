/**
 * Mistakes in declarations of rows from code, and the changes after which lake reads such a source
 * from its start.
 */
import type { Kysely } from 'kysely'
import { describe, expect, it } from 'vitest'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { array, bigint, byKey, defineAsset, defineSource, struct, text, timestamp } from '../../../framework/index.ts'

async function* rows() {}

interface Context {
  readonly db: Kysely<Record<string, { id: bigint; name: string }>>
}

const source = (options: object) =>
  defineSource({ key: 'things', columns: { id: bigint(), name: text() }, mode: 'append', rows, ...options } as never)

const problems = (options: object) => {
  const built = buildGraph([source(options)])
  return built.kind === 'problems' ? built.problems.map(({ message }) => message) : []
}

const code = (options: object) => {
  const built = buildGraph([source(options)])
  return built.kind === 'graph' ? built.graph.get('things').code : expect.fail(JSON.stringify(built.problems))
}

describe('a source from code', () => {
  it.each([
    [{ mode: 'merge' }, 'its mode is "merge"'],
    [{ mode: 'upsert' }, 'it upserts rows and has no primary key'],
    [{ primaryKey: ['ident'] }, 'the primary key names ident, which is not a column'],
    [{ columns: { id: bigint().nullable() }, primaryKey: ['id'] }, "the primary key's column id is nullable"],
    [{ mode: 'replace', cursor: text() }, 'it replaces all rows and has a cursor'],
    [{ mode: 'replace', checkpointRows: 5 }, 'it replaces all rows and has checkpointRows'],
    [{ checkpointRows: 5 }, 'it has checkpointRows and no cursor'],
    [{ checkpointRows: 0.5, cursor: text() }, 'checkpointRows is 0.5'],
    [{ every: 'soon' }, 'every is "soon"'],
    [{ version: 'v1' }, 'its version is not a function'],
    [{ rows: [] }, 'its rows are not a function'],
    [
      { columns: { at: timestamp({ epoch: 'seconds' }) } },
      'the column at says how a file writes it, but code gives its rows',
    ],
    [
      { columns: { visits: array(struct({ at: timestamp({ zone: 'Europe/Berlin' }) })) } },
      'the column visits says how a file writes it, but code gives its rows',
    ],
    [{ columns: { id: bigint().from('ident') } }, 'the column id says how a file writes it, but code gives its rows'],
  ])('is refused for the mistake %j', (options, message) => expect(problems(options)).toEqual([message]))

  it('is read from its start only if a change gives its rows another meaning', () => {
    const { version } = code({})
    for (const change of [{ mode: 'replace' }, { primaryKey: ['id'] }, { cursor: text() }, { revision: '2' }]) {
      expect(code(change).version).not.toBe(version)
    }
    for (const other of [{ every: '15m' }, { version: () => 1 }, { rows: async function* other() {} }]) {
      expect(code(other).version).toBe(version)
    }
  })

  it('has its own columns and key, on which queries rely', () => {
    const things = source({ mode: 'upsert', primaryKey: ['id'] })
    const names = defineAsset({
      ...{ key: 'names', columns: { id: bigint(), name: text() }, primaryKey: ['id'], incremental: byKey('id') },
      upstream: { things: things as never },
      query: (({ db }: Context) => db.selectFrom('things').selectAll()) as never,
    })
    const built = buildGraph([things, names])
    if (built.kind === 'problems') expect.fail(JSON.stringify(built.problems))
    expect(built.graph.get('things').columns.map(({ name }) => name)).toEqual(['id', 'name'])
    expect(built.graph.get('names')).toMatchObject({ incremental: { kind: 'followed', byColumns: ['id'] } })
  })
})
