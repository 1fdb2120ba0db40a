// What the rows of a read do to their table in each mode, and when a source is read from its start.
import { describe, expect, it, onTestFinished } from 'vitest'
import * as z from 'zod'
import type { CodeSource } from '../../../framework/declare/definition.ts'
import type { GivenRow } from '../../../framework/declare/rows/rows-from-code.ts'
import {
  array,
  bigint,
  binary,
  byKey,
  defineAsset,
  defineSource,
  int,
  map,
  struct,
  text,
} from '../../../framework/index.ts'
import { readRejects } from '../../../framework/ingest/rejects.ts'
import { observeTable } from '../../../framework/observe/observe.ts'
import { hideSecret } from '../../../framework/text/redact.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { tableRows } from '../../support/lakes/table-rows.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'

const columns = { id: bigint(), name: text().nullable() }

/** The batches of the next read. Instead of a batch, an entry can be a function to call. */
type Script = readonly (object | (() => void))[]

function open(options: object) {
  const lake = new TestLake()
  onTestFinished(() => lake.close())
  const cursors: unknown[] = []
  let script: Script = []
  async function* rows({ cursor }: { readonly cursor?: unknown }) {
    cursors.push(cursor)
    for (const batch of script) {
      if (typeof batch === 'function') batch()
      else yield batch
    }
  }
  const graph = (changed: object = {}) => {
    const things = defineSource({ key: 'things', columns, maxRejected: 0.9, rows, ...options, ...changed } as never)
    const names = defineAsset({
      ...{ key: 'names', columns, primaryKey: ['id'], incremental: byKey('id') },
      upstream: { things: things as CodeSource<typeof columns> },
      query: ({ db }) => db.selectFrom('things').select(['id', 'name']),
    })
    return graphOf([things, names])
  }
  return {
    lake,
    cursors,
    read: async (
      batches: Script,
      { full = false, changed = {}, ...more }: { full?: boolean; changed?: object; allowEmpty?: boolean } = {},
    ) => {
      script = batches
      const selection = ['things+']
      const { result } = await lake.run(graph(changed), {
        selection,
        full,
        alwaysFollow: true,
        allowEmpty: false,
        ...more,
      })
      return {
        ...Object.fromEntries(result.assets.map(({ key, outcome }) => [key, outcome])),
        ...(result.error && { error: result.error.message }),
      }
    },
    rows: () => tableRows(lake, 'things'),
    rejects: async () => {
      const path = (await observeTable(lake.lake, 'things'))?.provenance.source?.rejects
      const rejects = path === undefined ? [] : await readRejects(lake.lake, path, 'things')
      return rejects.map(({ line, reason, text }) => `${line}: ${reason}: ${text}`)
    },
  }
}

const a = { id: 1, name: 'a' }
const b = { id: 2, name: 'b' }
const line = JSON.stringify
const BOTH = { things: 'materialized', names: 'materialized' }

it('bytes in arrays, structs and maps arrive unchanged, in the format that each part declares', async () => {
  const lake = new TestLake()
  onTestFinished(() => lake.close())
  const columns = {
    id: bigint(),
    hashes: array(binary('hex').nullable()),
    byName: map(text(), struct({ hash: binary('hex').nullable(), urls: array(binary('base64url')) })),
  }
  // Base64 of these bytes is "abcd", which hexadecimal digits could be, too.
  const bytes = Buffer.from('abcd', 'base64')
  const things = defineSource({
    ...{ key: 'things', mode: 'append', columns },
    async *rows() {
      yield {
        rows: [
          { id: 1n, hashes: [bytes, null, 'ABCD'], byName: { a: { hash: bytes, urls: [bytes, Buffer.from([251])] } } },
          { id: 2n, hashes: [], byName: { b: { hash: null, urls: [] } } },
        ],
      }
    },
  })
  const { result } = await lake.run(graphOf([things]), { selection: ['things'] })
  expect(result.error?.message).toBeUndefined()
  const [given, digits] = [String.raw`i\\xB7\\x1D`, String.raw`\\xAB\\xCD`]
  expect(await tableRows(lake, 'things')).toEqual([
    `{"id":1,"hashes":["${given}",null,"${digits}"],"byName":{"a":{"hash":"${given}","urls":["${given}","${String.raw`\\xFB`}"]}}}`,
    '{"id":2,"hashes":[],"byName":{"b":{"hash":null,"urls":[]}}}',
  ])
})

it('bytes can be values and keys of rows, and arrive byte for byte', async () => {
  const lake = new TestLake()
  onTestFinished(() => lake.close())
  const columns = { hash: binary(), hex: binary('hex').nullable(), parts: array(binary()).nullable() }
  let given: readonly GivenRow<typeof columns>[] = []
  const things = defineSource({
    ...{ key: 'things', mode: 'upsert', primaryKey: ['hash'], columns },
    async *rows() {
      yield { rows: given }
    },
  })
  const read = async (...rows: typeof given) => {
    given = rows
    const { result } = await lake.run(graphOf([things]), { selection: ['things'] })
    expect(result.error?.message).toBeUndefined()
    return tableRows(lake, 'things')
  }
  const [zero, zeros] = [new Uint8Array([0]), new Uint8Array([0, 0])]
  expect(await read({ hash: zero, hex: Buffer.from([171]) }, { hash: zeros, parts: [zero] })).toEqual([
    String.raw`{"hash":"\\x00","hex":"\\xAB","parts":null}`,
    String.raw`{"hash":"\\x00\\x00","hex":null,"parts":["\\x00"]}`,
  ])
  expect(await read({ hash: 'AA==', hex: 'FF' })).toEqual([
    String.raw`{"hash":"\\x00","hex":"\\xFF","parts":null}`,
    String.raw`{"hash":"\\x00\\x00","hex":null,"parts":["\\x00"]}`,
  ])
})

describe('append', () => {
  it('adds rows, and refuses a row whose key is repeated or already in the table', async () => {
    const { read, rows, rejects } = open({ mode: 'append', primaryKey: ['id'] })
    expect(await read([{ rows: [a, { ...a, name: 'again' }] }])).toEqual(BOTH)
    expect(await read([{ rows: [b, a] }, { rows: [{ id: 2 }, { id: 3 }] }])).toEqual(BOTH)
    expect(await rows()).toEqual([line(a), line(b), '{"id":3,"name":null}'])
    expect(await rejects()).toEqual([
      '2: an earlier row has its key: {"id":1,"name":"again"}',
      '2: the table already has a row with its key: {"id":1,"name":"a"}',
      '3: an earlier row has its key: {"id":2,"name":null}',
    ])
  })

  it('refuses rows after the last cursor, because the next read would append them again', async () => {
    const { read, rows } = open({ mode: 'append', cursor: int() })
    expect(await read([{ rows: [a], cursor: 1 }, { rows: [b] }])).toMatchObject({
      error: expect.stringContaining('it gave 1 row after its last cursor'),
    })
    expect(await rows()).toEqual([])
  })

  it('publishes each checkpoint with its cursor, and continues from there after a failure', async () => {
    const { read, rows, cursors } = open({ mode: 'append', cursor: int(), checkpointRows: 2 })
    const fail = () => {
      throw new Error('connection lost')
    }
    const failed = await read([
      { rows: [a], cursor: 1 },
      { rows: [b], cursor: 2 },
      { rows: [{ id: 3 }], cursor: 3 },
      fail,
    ])
    expect(failed).toMatchObject({ things: 'failed', names: 'skipped' })
    expect(failed.error).toContain('connection lost. 2 rows before that were published, up to version 0')
    expect(await rows()).toEqual([line(a), line(b)])
    expect(await read([{ rows: [{ id: 3 }], cursor: 3 }])).toEqual(BOTH)
    expect((await rows()).length).toBe(3)
    expect(cursors).toEqual([undefined, 2])
  })
})

describe('a rows function that is not a generator', () => {
  it.each([
    ['an array', () => [{ rows: [a] }]],
    ['a value of type object', async () => ({ rows: [a] })],
    ['a value of type undefined', () => undefined],
  ])('gave %s, and the error says what to write', async (what, rows) => {
    const { read } = open({ mode: 'replace', rows })
    const failed = await read([])
    expect(failed).toMatchObject({ things: 'failed' })
    expect(failed.error).toContain(`the rows function of things: it gave ${what}, not batches one after another`)
    expect(failed.error).toContain('write async *rows() { yield { rows: [...] } }, with the asterisk')
  })
})

describe('replace', () => {
  it('takes the rows of each read; the same rows in another order make nothing downstream stale', async () => {
    const { read, rows } = open({ mode: 'replace', primaryKey: ['id'] })
    expect(await read([{ rows: [a] }, { rows: [b] }])).toEqual(BOTH)
    expect(await read([{ rows: [b, a] }])).toEqual({ things: 'unchanged', names: 'fresh' })
    expect(await read([{ rows: [b, { id: 4 }] }])).toEqual(BOTH)
    expect(await rows()).toEqual([line(b), '{"id":4,"name":null}'])
  })

  it('keeps the old rows if all new rows are refused, and says why they are refused', async () => {
    const { read, rows } = open({ mode: 'replace', maxRejected: 1 })
    await read([{ rows: [a] }])
    expect(await read([{ rows: [{ id: 'x' }] }])).toMatchObject({
      things: 'failed',
      error: expect.stringMatching(/gave only rows that were refused[\s\S]*id: expected/),
    })
    expect(await rows()).toEqual([line(a)])
  })

  it('keeps the old rows if a read gives no rows, unless the user allows that', async () => {
    const { read, rows } = open({ mode: 'replace' })
    await read([{ rows: [a] }])
    expect(await read([])).toMatchObject({ things: 'failed', error: expect.stringContaining('gave no rows') })
    expect(await rows()).toEqual([line(a)])
    expect(await read([], { allowEmpty: true })).toEqual(BOTH)
    expect(await rows()).toEqual([])
  })
})

describe('upsert', () => {
  it('takes the last row or deletion of each key, over all batches', async () => {
    const { read, rows } = open({ mode: 'upsert', primaryKey: ['id'] })
    await read([{ rows: [a, b, { id: 3 }] }])
    const batches = [
      { deleted: [{ id: 1 }, { id: 9 }], rows: [{ id: 1, name: 'stays' }] },
      { rows: [{ id: 2, name: 'passing' }, { id: 5 }] },
      { deleted: [{ id: 2 }, { id: 5 }] },
      {
        rows: [
          { id: 3, name: 'first' },
          { id: 3, name: 'last' },
        ],
      },
    ]
    expect(await read(batches)).toEqual(BOTH)
    expect(await rows()).toEqual(['{"id":1,"name":"stays"}', '{"id":3,"name":"last"}'])
    expect(await read([{ rows: [{ id: 3, name: 'last' }] }])).toEqual({ things: 'unchanged', names: 'fresh' })
    expect(await read([{ deleted: [{ id: 1 }, { id: 3 }] }])).toEqual(BOTH)
    expect(await rows()).toEqual([])
  })

  it('refuses a wrong key in `deleted`, and keeps its text', async () => {
    const { read, rejects } = open({ mode: 'upsert', primaryKey: ['id'] })
    await read([{ rows: [a], deleted: [{ id: 'one' }, {}] }])
    expect(await rejects()).toEqual(['1: id: expected an integer, got "one": {"id":"one"}', '2: id is missing: {}'])
  })
})

describe('lake reads a source from its start', () => {
  it('with --full, and if its rows get another meaning; the old rows stay if that read fails', async () => {
    const { read, rows, cursors } = open({ mode: 'upsert', primaryKey: ['id'], cursor: int() })
    await read([{ rows: [a, b], cursor: 1 }])
    expect(await read([() => expect.fail('lost')], { full: true })).toMatchObject({ things: 'failed' })
    expect((await rows()).length).toBe(2)
    await read([{ rows: [b], cursor: 2 }], { full: true })
    expect(await rows()).toEqual([line(b)])
    await read([{ rows: [a], cursor: 3 }], { changed: { revision: '2' } })
    expect(await rows()).toEqual([line(a)])
    await read([{ rows: [b], cursor: 4 }], { changed: { revision: '2' } })
    expect(cursors).toEqual([undefined, undefined, undefined, undefined, 3])
  })
})

describe('a batch that is wrong fails the read, and publishes nothing', () => {
  it.each([
    [{ row: [] }, 'Unrecognized key: "row"'],
    [{ rows: {} }, 'rows: Invalid input'],
    [{ rows: [a], deleted: [{ id: 1 }] }, 'its mode is append'],
    [{ rows: [a], cursor: 'one' }, 'a cursor is not as declared'],
    [undefined, 'a batch is wrong'],
  ])('%j', async (batch, message) => {
    const { read, rows } = open({ mode: 'append', cursor: int() })
    expect(await read([{ rows: [b], cursor: 1 }, batch as object])).toMatchObject({
      error: expect.stringContaining(message),
    })
    expect(await rows()).toEqual([])
  })

  it('a cursor that JSON would change, that contains a secret, or that the source does not declare', async () => {
    const { read } = open({ mode: 'append', cursor: z.unknown() })
    hideSecret('hunter2-hunter2')
    const cursors = [new Date(), { at: 1n }, { a: undefined }, { key: 'hunter2-hunter2' }, 'x'.repeat(70_000)]
    const errors: string[] = []
    for (const cursor of cursors) errors.push(String((await read([{ rows: [a], cursor }])).error))
    expect(errors.slice(0, 3).every((error) => error.includes('a cursor is not a value of JSON'))).toBe(true)
    expect(errors[3]).toContain('a cursor has a secret in it')
    expect(errors[3]).not.toContain('hunter2')
    expect(errors[4]).toContain('a cursor has 70002 characters')
    const { error } = await read([{ rows: [], cursor: 1 }], { changed: { cursor: undefined } })
    expect(error).toContain('declares none')
  })
})

it('an error names a stored cursor that the schema no longer accepts, and says what to do', async () => {
  const { read } = open({ mode: 'append', cursor: int() })
  await read([{ rows: [a], cursor: 1 }])
  const { error } = (await read([], { changed: { cursor: text() } })) as { error?: string }
  expect(error).toContain('the cursor of things that was published last is not as declared')
  expect(error).toContain('--full')
})
