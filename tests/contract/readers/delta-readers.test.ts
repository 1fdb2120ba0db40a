// Other Delta readers see the rows of lake's tables.
import { appendFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { python, runPython } from '../../support/python/python.ts'

const program = python()

interface ReadTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** The table as `lake query` reads it, in the form in which the other readers print their rows. */
function ownRows(flags: readonly string[], table: string): ReadTable {
  const { status, stdout, stderr } = lake([...flags, 'query', `select * from ${table}`, '--format', 'json'])
  const types = JSON.parse(lake([...flags, 'show', table, '--json']).stdout).columns as readonly {
    name: string
    type: string
  }[]
  const longs = new Set(types.flatMap(({ name, type }) => (type === 'bigint' ? [name] : [])))
  expect(status, stderr).toBe(0)
  const rows = JSON.parse(stdout) as readonly Readonly<Record<string, unknown>>[]
  const columns = Object.keys(rows[0] ?? {})
  return { columns, rows: rows.map((row) => columns.map((name) => asTheyPrint(row[name], longs.has(name)))) }
}

function asTheyPrint(value: unknown, isLong: boolean): unknown {
  if (isLong && value !== null) return Number(value)
  if (Array.isArray(value)) return value.map((part) => asTheyPrint(part, false))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, asTheyPrint(part, false)]))
  }
  const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)
  return isTime ? Date.parse(value) * 1000 : value
}

const sorted = ({ columns, rows }: ReadTable) => ({ columns, rows: rows.map((row) => JSON.stringify(row)).sort() })

describe.skipIf(program === undefined)('other Delta readers', () => {
  it('read the same rows as lake after many versions, a checkpoint, and changed and removed rows', () => {
    const directory = temporaryDirectory()
    const input = join(directory, 'input')
    const flags = ['--lake', join(directory, 'lake'), '--input', input]
    const run = (...args: readonly string[]) => {
      const { status, stderr } = lake([...flags, ...args])
      expect(status, stderr).toBe(0)
    }
    run('simulate', '--out', input, '--songs', '40', '--events', '600', '--days', '40', '--seed', '5')
    run('materialize')
    const logs = readdirSync(join(input, 'log_data'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.json'),
    )
    for (const [index, log] of logs.slice(0, 11).entries()) {
      const file = join(input, 'log_data', log)
      if (index % 3 === 0) rmSync(file)
      else appendFileSync(file, `\n${lateEvent(index)}`)
      run('materialize')
    }
    const tables = ['song_data', 'log_data', 'songs', 'artists', 'users', 'time', 'songplays']
    const places = tables.map((table) => join(directory, 'lake', table))
    const read = runPython(program ?? '', 'read_delta.py', ['deltalake,duckdb,polars', ...places])
    for (const [index, others] of (read as readonly Readonly<Record<string, ReadTable>>[]).entries()) {
      const own = sorted(ownRows(flags, tables[index] ?? ''))
      expect(own.rows.length).toBeGreaterThan(0)
      for (const [reader, table_] of Object.entries(others))
        expect({ reader, ...sorted(table_) }).toEqual({ reader, ...own })
    }
  })

  it('read bytes, arrays, structs and maps as lake does, even if parts are null or empty', () => {
    const directory = temporaryDirectory()
    const orders = [
      {
        id: 1,
        tags: ['a', 'b'],
        place: { city: 'é', at: '2020-02-29T10:11:12.123Z' },
        items: [{ sku: 'p', scores: [1.5, null] }],
        counts: { b: 1, a: null, '😀': 3 },
        marks: { 10: [{ at: '2020-02-29', by: { '2020-02-29': 'x', '0001-01-01': null } }], '-1': [] },
        ...{ cover: 'AP+AwyjtoIA=', pages: ['/w==', null, ''], seals: { a: 'gA==', b: null } },
      },
      {
        id: 2,
        tags: [],
        place: { city: null, at: null },
        items: [{ sku: null, scores: [] }, null, { sku: '', scores: null }],
        counts: {},
        marks: {},
        ...{ cover: '', pages: [], seals: {} },
      },
      { id: 3, tags: null, place: null, items: [], counts: null, marks: null },
      {
        id: 4,
        ...{ tags: ['', null], place: { city: '', at: '0001-01-01T00:00:00Z' }, items: [null], counts: { '': 0 } },
        marks: {
          0: [
            { at: null, by: {} },
            { at: '', by: null },
          ],
        },
      },
    ]
    writeFiles(directory, {
      'config/lake.config.ts': NESTED,
      'input/orders/a.json': orders.map((one) => JSON.stringify(one)).join('\n'),
    })
    const places = ['--lake', 'tables', '--input', 'input']
    const { status, stderr } = lake(['materialize', ...places], { cwd: directory })
    expect(status, stderr).toBe(0)
    const table = join(directory, 'tables/copies')
    const [read] = runPython(program ?? '', 'read_delta.py', [
      'deltalake,deltalake-sql,duckdb,polars',
      table,
    ]) as readonly Readonly<Record<string, ReadTable>>[]
    const { stdout } = lake([...places, 'query', 'from copies order by id', '--format', 'json'], { cwd: directory })
    const rows = (JSON.parse(stdout) as readonly object[]).map((row) =>
      Object.values(row).map((value) => asTheyPrint(value, false)),
    )
    expect(rows).toHaveLength(4)
    for (const [reader, others] of Object.entries(read ?? {})) {
      expect({ reader, rows: others.rows.toSorted(([one], [other]) => Number(one) - Number(other)) }).toEqual({
        reader,
        rows,
      })
    }
  })

  it('return every row that a filter selects, even from a file without bounds for the column', () => {
    const directory = temporaryDirectory()
    writeFiles(directory, {
      'config/lake.config.ts': NAN,
      'input/shares/a.json': '{"id":1,"t":"NaN"}\n{"id":2,"t":"5"}\n',
    })
    const places = ['--lake', 'tables', '--input', 'input']
    expect(lake(['materialize', ...places], { cwd: directory }).status).toBe(0)
    for (const column of ['id', 'share']) {
      const counts = runPython(program ?? '', 'filter_delta.py', [join(directory, 'tables/parts'), column, '2'])
      expect(counts, column).toEqual({ found: 1, there: 1 })
    }
  })

  it('return every row that a filter selects, even from a file with bytes, which have no bounds', () => {
    const directory = temporaryDirectory()
    writeFiles(directory, {
      'config/lake.config.ts': BYTES,
      'input/covers/a.json': '{"id":1,"cover":"fw=="}\n{"id":2,"cover":"/w=="}\n{"id":3,"cover":null}\n',
    })
    const places = ['--lake', 'tables', '--input', 'input']
    expect(lake(['materialize', ...places], { cwd: directory }).status).toBe(0)
    const filtered = (column: string, value: string) =>
      runPython(program ?? '', 'filter_delta.py', [join(directory, 'tables/covers'), column, value])
    expect(filtered('id', '2')).toEqual({ found: 2, there: 2 })
    expect(filtered('id', '4')).toEqual({ found: 0, there: 0 })
    expect(filtered('cover', '0x80')).toEqual({ found: 1, there: 1 })
    expect(filtered('cover', '0x00')).toEqual({ found: 2, there: 2 })
  })
})

const NESTED = `
import { array, binary, date, defineAsset, defineConfig, defineSource, double, int, map, struct, text, timestamp } from 'lake'

const columns = {
  id: int(),
  tags: array(text().nullable()).nullable(),
  place: struct({ city: text().nullable(), at: timestamp().nullable() }).nullable(),
  items: array(struct({ sku: text().nullable(), scores: array(double().nullable()).nullable() }).nullable()),
  counts: map(text(), int().nullable()).nullable(),
  marks: map(int(), array(struct({ at: text().nullable(), by: map(date(), text().nullable()).nullable() }))).nullable(),
  cover: binary().nullable(),
  pages: array(binary().nullable()).nullable(),
  seals: map(text(), binary().nullable()).nullable(),
}
const orders = defineSource({ key: 'orders', columns })
const copies = defineAsset({
  key: 'copies',
  columns,
  upstream: { orders },
  query: ({ db }) => db.selectFrom('orders').select(['id', 'tags', 'place', 'items', 'counts', 'marks', 'cover', 'pages', 'seals']),
})

export default defineConfig({ assets: [orders, copies], profiles: { default: { lake: 'tables', input: 'input' } } })
`

const BYTES = `
import { binary, defineConfig, defineSource, int } from 'lake'

const covers = defineSource({ key: 'covers', columns: { id: int(), cover: binary().nullable() } })

export default defineConfig({ assets: [covers], profiles: { default: { lake: 'tables', input: 'input' } } })
`

/** NaN is not between any two bounds. */
const NAN = `
import { defineAsset, defineConfig, defineSource, double, int, text } from 'lake'

const shares = defineSource({ key: 'shares', columns: { id: int(), t: text() } })
const parts = defineAsset({
  key: 'parts',
  columns: { id: int(), share: double().nullable() },
  upstream: { shares },
  query: ({ db, fn }) => db.selectFrom('shares').select(['id', ({ ref }) => fn.toDouble(ref('t')).as('share')]),
})

export default defineConfig({ assets: [shares, parts], profiles: { default: { lake: 'tables', input: 'input' } } })
`

function lateEvent(session: number): string {
  const user = { userId: String(session), firstName: 'Ana', lastName: 'Öz', gender: 'F', level: 'paid' }
  const play = { page: 'NextSong', song: 'A "quoted" title', artist: 'x', length: 1.5 }
  return JSON.stringify({
    ts: 1541000000000 + session,
    sessionId: 10_000_000 + session,
    itemInSession: 0,
    ...user,
    ...play,
  })
}
