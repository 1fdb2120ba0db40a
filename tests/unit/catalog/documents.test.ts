/** The documents of a catalogue: columns, sizes, checks and SQL of one asset. */
import { describe, expect, it } from 'vitest'
import { columnUses } from '../../../framework/catalog/column-uses.ts'
import { partitionsDocument, versionDocuments } from '../../../framework/catalog/table-documents.ts'
import { callWith } from '../../../framework/catalog/write-catalog.ts'
import type { AddFile } from '../../../framework/delta/actions.ts'
import type { Snapshot } from '../../../framework/delta/snapshot.ts'
import { buildGraph } from '../../../framework/graph/asset-graph.ts'
import { bigint, defineAsset, defineSource, int, text } from '../../../framework/index.ts'
import { HISTORY } from '../report/sample.ts'

const people = defineSource({ key: 'people', columns: { id: int(), name: text(), boss: int().nullable() } })
const pairs = defineAsset({
  key: 'pairs',
  columns: { id: int(), name: text(), boss: text(), both: bigint() },
  primaryKey: ['id'],
  upstream: { person: people, other: people },
  query: ({ db }) =>
    db
      .selectFrom('person')
      .innerJoin('other', 'other.id', 'person.boss')
      .select(({ fn }) => ['person.id', 'person.name', 'other.name as boss', fn.toBigint('person.id').as('both')]),
})

describe('the lineage of columns', () => {
  const built = buildGraph([people, pairs])
  if (built.kind !== 'graph') throw new Error(JSON.stringify(built.problems))
  const uses = columnUses(built.graph)

  it('leads to the asset that a name in the query refers to', () => {
    const from = (column: string) => uses.get('pairs')?.from.get(column)
    expect(from('boss')).toEqual([{ asset: 'people', column: 'name', how: ['identity'] }])
    expect(from('both')).toEqual([{ asset: 'people', column: 'id', how: ['transformation'] }])
  })

  it('names an upstream column once, even if the query reads it under two names', () => {
    expect(uses.get('pairs')?.rows).toEqual([
      { asset: 'people', column: 'boss', how: ['join'] },
      { asset: 'people', column: 'id', how: ['join'] },
    ])
  })

  it('also leads to the columns downstream', () => {
    expect(uses.get('people')?.to.get('name')).toEqual([
      { asset: 'pairs', column: 'name', how: ['identity'] },
      { asset: 'pairs', column: 'boss', how: ['identity'] },
    ])
    expect(uses.get('people')?.to.has('boss')).toBe(false)
  })
})

function snapshot(version: number, ...files: readonly (readonly [day: string | null, size: number, rows?: number])[]) {
  const added = files.map(
    ([day, size, rows], index): AddFile => ({
      ...{ path: `${index}.parquet`, partitionValues: { day }, size, modificationTime: 0, tags: {} },
      ...(rows !== undefined && { stats: JSON.stringify({ numRecords: rows }) }),
    }),
  )
  return {
    version,
    metadata: { partitionColumns: ['day'] },
    files: new Map(added.map((file) => [file.path, file])),
  } as unknown as Snapshot
}

describe('the sizes of versions', () => {
  const history = HISTORY.map((entry) => ({
    ...entry,
    provenance: undefined,
    bytesAdded: entry.version === 1 ? 500 : 900,
    bytesRemoved: 100,
  }))
  const sizes = (of: Snapshot | undefined) =>
    versionDocuments('songs', { history, snapshot: of }, []).map(({ version, bytes }) => [version, bytes])

  it('are computed backwards from the size of the newest version', () => {
    expect(sizes(snapshot(1, ['a', 1_000], ['b', 300]))).toEqual([
      [0, 900],
      [1, 1_300],
    ])
  })

  it('are unknown if the newest version has changed meanwhile, or if lake cannot read it', () => {
    const unknown = [
      [0, null],
      [1, null],
    ]
    expect(sizes(snapshot(2, ['a', 1_000]))).toEqual(unknown)
    expect(sizes(undefined)).toEqual(unknown)
  })
})

it('partitions are in descending order of their values; numbers are ordered by size', () => {
  const document = partitionsDocument(snapshot(1, ['9', 10, 1], ['10', 20, 2], ['10', 30, 3], [null, 40]))
  expect(document).toEqual({
    columns: ['day'],
    total: 3,
    shown: [
      { values: ['10'], files: 2, rows: 5, bytes: 50 },
      { values: ['9'], files: 1, rows: 1, bytes: 10 },
      { values: [null], files: 1, rows: null, bytes: 40 },
    ],
  })
})

it('text in a document cannot end the script around it, set a prototype, or change the direction of writing', () => {
  const document = { ['__proto__']: 1, text: '</script>\u2028\u202e\u0007"' }
  const script = callWith('assets', { a: document })
  for (const character of ['<', '\u2028', '\u202e', '\u0007']) expect(script).not.toContain(character)
  let received = ''
  new Function('lakeCatalog', script)({ assets: (text: string) => (received = text) })
  expect(JSON.parse(received)).toEqual({ a: { ['__proto__']: 1, text: '</script>\u2028�␇"' } })
})
