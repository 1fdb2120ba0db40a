// When a table is missing, stale or fresh, and why.
import { csv, defineAsset, defineSource, int, text } from 'lake'
import { describe, expect, it } from 'vitest'
import { Manifest } from '../../../framework/ingest/manifest.ts'
import { codeChanges } from '../../../framework/observe/code-changes.ts'
import type { Fingerprint } from '../../../framework/observe/fingerprint.ts'
import type { Observation, TableState } from '../../../framework/observe/observation.ts'
import { type CurrentUpstream, stalenessCauses } from '../../../framework/observe/staleness.ts'
import { compareFiles, PackedFiles } from '../../../framework/storage/packed-files.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'

const events = defineSource({ key: 'events', columns: { name: text(), size: int() } })
const names = defineAsset({
  key: 'names',
  columns: { name: text() },
  upstream: { events },
  query: ({ db }) => db.selectFrom('events').select('name'),
})

const CONTENT: Fingerprint = { algorithm: 'a', rows: 3, columns: { name: '1', size: '2', _file: '3', _line: '4' } }

const graph = graphOf([events, names])

function state(key: string, changes: Partial<TableState['provenance']> = {}, from = graph): TableState {
  const inputs = key === 'names' ? { events: { version: 4, content: { ...CONTENT, columns: { name: '1' } } } } : {}
  const { code } = from.get(key)
  const provenance = {
    format: 1,
    runId: 'r',
    engine: 'e',
    code,
    content: CONTENT,
    partitions: 1,
    inputs,
    ...changes,
  } as const
  return { version: 7, committedAt: new Date(0), provenance }
}

function causesOf(observed: Partial<Observation>, upstream: CurrentUpstream, asset = graph.get('names')) {
  return stalenessCauses(
    asset,
    { key: asset.key, state: undefined, source: undefined, problem: undefined, ...observed },
    () => upstream,
  )
}

const currentUpstream = (content: Fingerprint, version = 5): CurrentUpstream => ({ kind: 'current', version, content })

describe('a table is', () => {
  it('missing if it was never built', () => {
    expect(causesOf({}, currentUpstream(CONTENT))).toEqual([{ kind: 'missing', message: 'not built yet' }])
  })

  it('fresh if the columns that it reads have the same content, in any version', () => {
    expect(
      causesOf(
        { state: state('names') },
        currentUpstream({ ...CONTENT, columns: { ...CONTENT.columns, size: '99' } }, 9),
      ),
    ).toEqual([])
  })

  it('stale if a column that it reads has changed, and the cause names the column', () => {
    const changed = currentUpstream({ ...CONTENT, columns: { ...CONTENT.columns, name: '99' } })
    expect(causesOf({ state: state('names') }, changed)).toEqual([
      {
        kind: 'upstream-changed',
        message: 'events changed in name (version 4 -> 5)',
        upstream: 'events',
        pending: false,
        fromVersion: 4,
        toVersion: 5,
        columns: ['name'],
      },
    ])
  })

  it('stale if rows were added or removed', () => {
    expect(causesOf({ state: state('names') }, currentUpstream({ ...CONTENT, rows: 4 }))).toMatchObject([
      { message: 'events changed (version 4 -> 5, 3 -> 4 rows)', columns: null },
    ])
  })

  it('stale if lake cannot compare the contents', () => {
    expect(causesOf({ state: state('names') }, currentUpstream({ ...CONTENT, algorithm: 'b' }))).toHaveLength(1)
  })

  it('stale if it reads an upstream that it did not read before', () => {
    expect(causesOf({ state: state('names', { inputs: {} }) }, currentUpstream(CONTENT))).toMatchObject([
      { message: 'events was not read before' },
    ])
  })

  it('possibly stale if an upstream is rebuilt first', () => {
    expect(causesOf({ state: state('names') }, { kind: 'pending' })).toMatchObject([
      { pending: true, message: 'events is rebuilt first' },
    ])
  })
})

describe('a change of code', () => {
  const changed = (options: object) => {
    const asset = { ...names, ...options } as typeof names
    return causesOf({ state: state('names') }, currentUpstream(CONTENT), graphOf([events, asset]).get('names'))
  }

  it('has the query as its cause if only the query changed', () => {
    const query = defineAsset({
      key: 'names',
      columns: names.columns,
      upstream: { events },
      query: ({ db }) => db.selectFrom('events').select('name').distinct(),
    }).query
    expect(changed({ query })).toMatchObject([{ kind: 'code-changed', changes: ['the query'] }])
  })

  it('has each changed column as its cause', () => {
    const { query } = defineAsset({
      key: 'names',
      columns: { name: text().nullable(), size: int() },
      upstream: { events },
      query: ({ db }) => db.selectFrom('events').select(['name', 'size']),
    })
    expect(changed({ query, columns: { name: text().nullable(), size: int() } })).toMatchObject([
      {
        changes: ['the query', 'column name: text -> text null', 'column size added'],
        message: 'changed: the query; column name: text -> text null; column size added',
      },
    ])
  })

  it('does not count if it cannot change a row', () => {
    expect(
      changed({ description: 'other', tags: ['x'], primaryKey: ['name'], columns: { name: text().min(1) } }),
    ).toEqual([])
  })
})

const WELL = { ignored: { count: 0, examples: [] }, lostManifest: undefined }

describe('a source', () => {
  const file = (path: string, etag = '1') => ({ path, size: 1, etag })
  const manifest = Manifest.of([file('a'), file('b'), file('c')].map((entry) => ({ ...entry, rows: 1, rejected: 0 })))

  it('is compared with the files from which it was read', () => {
    expect(compareFiles(manifest.files, PackedFiles.of([file('a'), file('b', '2'), file('d')]))).toEqual({
      added: [file('d')],
      changed: [file('b', '2')],
      removed: ['c'],
    })
  })

  it('has changed even if one file was removed and another one added', () => {
    expect(compareFiles(manifest.files, PackedFiles.of([file('a'), file('b'), file('d')]))).toEqual({
      added: [file('d')],
      changed: [],
      removed: ['c'],
    })
  })

  it('is stale if its files changed, and the cause names some of them', () => {
    const files = PackedFiles.of([file('a'), file('b', '2'), file('d')])
    const source = { ...WELL, manifest, files, changes: compareFiles(manifest.files, files) }
    expect(causesOf({ state: state('events'), source }, { kind: 'missing' }, graph.get('events'))).toEqual([
      {
        kind: 'source-changed',
        message: '1 file added, 1 changed, 1 removed: b, ...',
        added: 1,
        changed: 1,
        removed: 1,
        files: ['b', 'd', 'c'],
      },
    ])
  })

  it('is stale if it reads its files in another way; the cause does not speak of a query', () => {
    const read = graphOf([defineSource({ key: 'events', format: csv(), columns: { name: text(), size: int() } })])
    const files = PackedFiles.of([file('a'), file('b'), file('c')])
    const source = { ...WELL, manifest, files, changes: compareFiles(manifest.files, files) }
    const causes = causesOf({ state: state('events'), source }, { kind: 'missing' }, read.get('events'))
    expect(causes).toMatchObject([{ kind: 'code-changed', message: 'changed: how it is read' }])
  })

  it('is fresh if its files are those from which it was read', () => {
    const files = PackedFiles.of([file('a'), file('b'), file('c')])
    const source = { ...WELL, manifest, files, changes: compareFiles(manifest.files, files) }
    expect(causesOf({ state: state('events'), source }, { kind: 'missing' }, graph.get('events'))).toEqual([])
  })
})

describe('a change of the columns is described:', () => {
  const columns = (...names: readonly string[]) => ({ ...graph.get('names').code, columns: names })
  const changes = (before: readonly string[], after: readonly string[]) =>
    codeChanges(columns(...after), columns(...before))

  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['one that came', ['a int'], ['a int', 'b int'], ['column b added']],
    ['one that went', ['a int', 'b int'], ['b int'], ['column a removed']],
    ['another type', ['a int', 'b int'], ['a bigint', 'b int'], ['column a: int -> bigint']],
    ['one that may be null now', ['a int'], ['a int null'], ['column a: int -> int null']],
    ['one that was moved to the front', ['a int', 'b int', 'c int'], ['c int', 'a int', 'b int'], ['column c moved']],
    ['one that was moved to the end', ['a int', 'b int', 'c int'], ['b int', 'c int', 'a int'], ['column a moved']],
    [
      'two that changed places',
      ['a int', 'b int', 'c int', 'd int'],
      ['d int', 'b int', 'c int', 'a int'],
      ['column d moved', 'column a moved'],
    ],
    [
      'several at once',
      ['a int', 'b int'],
      ['b text', 'c int'],
      ['column b: int -> text', 'column c added', 'column a removed'],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changes(before, after)).toEqual(expected)
  })
})
