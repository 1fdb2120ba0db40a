import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type LakeOptions, lake, writeFiles } from '../support/lake-process.ts'
import { edit } from '../support/project-copy.ts'
import { document, eventsOf, outcomes } from '../support/run-events.ts'
import { playLine, songLine } from '../support/source-lines.ts'
import { PLACES, standingProject } from '../support/standing-project.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
/** Root may read and write everything, so what is forbidden is tried as somebody else. */
const somebody: LakeOptions = isRoot ? { uid: NOBODY } : {}
const canBeSomebody = lake(['--version'], somebody).status === 0
const MIB = 2 ** 20
const SOURCES = ['song_data', 'log_data']

let directory = ''
const at = (args: readonly string[], options: LakeOptions = {}) =>
  lake([...args, ...PLACES], { cwd: directory, ...options })
const rows = (sql: string, ...flags: string[]) => JSON.parse(at(['query', sql, '--json', ...flags]).stdout)

/** A project whose tables stand, made of one song and one play. */
standingProject({ 'input/song_data/good.json': songLine(), 'input/log_data/good.json': playLine() }, (copy) => {
  directory = copy
})

/** What a failed step says, which must not be a stack. */
function failure(result: { readonly stdout: string }) {
  const failed = eventsOf(result).flatMap((event) =>
    event.type === 'step-finished' && event.error ? [event.error] : [],
  )
  expect(failed).toHaveLength(1)
  expect(failed[0]?.message).not.toMatch(/^ +at /m)
  return failed[0]
}

function nothingIsLost(): void {
  const sql = 'select songs.title, user_id, _file from songs join songplays using (song_id) cross join song_data'
  expect(rows(sql, '--at', 'song_data=0')).toEqual([{ title: 'Setanta matins', user_id: '15', _file: 'good.json' }])
}

describe('the directory of a source', () => {
  it.each([
    ['missing', () => rmSync(join(directory, 'input/song_data'), { recursive: true })],
    [
      'a file',
      () => {
        rmSync(join(directory, 'input/song_data'), { recursive: true })
        writeFiles(directory, { 'input/song_data': 'not a directory' })
      },
    ],
  ])('is %s: status 2, and the tables stay as they are', (_, spoil) => {
    spoil()
    for (const command of ['materialize', 'plan']) {
      const result = at([command, 'songs', '--json'])
      expect(result.status).toBe(2)
      expect(document(result)).toEqual({
        error: {
          code: 'source-missing',
          asset: 'song_data',
          message: expect.stringMatching(/input\/song_data, which is not a directory.*--input.*--source song_data=URI/),
          remedy: expect.stringContaining('--source song_data=URI'),
        },
      })
    }
    const status = document(at(['status', '--json'])).assets[0]
    expect(status).toMatchObject({ key: 'song_data', state: 'stale', version: 0, rows: 1 })
    expect(status.causes[0].message).toContain('not a directory')
    nothingIsLost()
  })

  it('has lost all of its files: status 1, until it is said that this is meant; then its rows are gone', () => {
    rmSync(join(directory, 'input/song_data/good.json'))
    for (const command of [['materialize'], ['materialize', 'song_data', '--full'], ['plan', 'songs']]) {
      const result = at([...command, '--json'])
      expect(result.status).toBe(1)
      expect(document(result).error).toMatchObject({
        ...{ code: 'source-empty', asset: 'song_data' },
        message: expect.stringMatching(/input\/song_data\. It was read from 1 file last.*--allow-empty.*sources\.ts/),
      })
    }
    const [stopped] = document(at(['status', '--json'])).assets
    expect(stopped).toMatchObject({ key: 'song_data', state: 'stale', version: 0, rows: 1 })
    expect(stopped.causes[0].message).toContain('no file left')
    nothingIsLost()

    expect(document(at(['plan', 'song_data', '--allow-empty', '--json'])).steps[0].causes[0]).toMatchObject({
      removed: 1,
    })
    expect(at(['materialize', '--allow-empty']).status).toBe(0)
    expect(at(['materialize']).status).toBe(0)
    expect(document(at(['plan', '--json']))).toEqual({ steps: [] })
    expect(rows('select count(*) as n from songs')).toEqual([{ n: '0' }])
    expect(rows('select song_id from songplays')).toEqual([{ song_id: null }])
    expect(rows('select count(*) as n from songs', '--at', 'songs=0')).toEqual([{ n: '1' }])
  })

  it.skipIf(!canBeSomebody)('holds a file that may not be read: status 1, named, nothing published', () => {
    forEverybody()
    writeFiles(directory, { 'input/song_data/secret.json': songLine({ song_id: 'SO2' }) })
    chmodSync(join(directory, 'input/song_data/secret.json'), 0)
    const result = at(['materialize', '--json'], somebody)
    expect(result.status).toBe(1)
    expect(outcomes(result)).toMatchObject({ song_data: 'failed' })
    expect(failure(result)).toMatchObject({
      code: 'storage',
      asset: 'song_data',
      message: expect.stringMatching(/secret\.json: it is not readable/),
    })
    nothingIsLost()
    chmodSync(join(directory, 'input/song_data/secret.json'), 0o644)
    expect(at(['materialize'], somebody).status).toBe(0)
    expect(rows('select count(*) as n from songs')).toEqual([{ n: '2' }])
  })

  it.skipIf(!canBeSomebody)('has a directory that may not be listed: named, and no row is taken for deleted', () => {
    forEverybody()
    writeFiles(directory, { 'input/song_data/inner/more.json': songLine({ song_id: 'SO2' }) })
    expect(at(['materialize'], somebody).status).toBe(0)
    chmodSync(join(directory, 'input/song_data/inner'), 0)
    const result = at(['materialize', '--json'], somebody)
    chmodSync(join(directory, 'input/song_data/inner'), 0o755)
    expect(result.status).toBe(1)
    expect(document(result).error.message).toMatch(/song_data\/inner: it is not readable/)
    expect(rows('select count(*) as n from songs')).toEqual([{ n: '2' }])
  })
})

/** Lets everybody write to the project. */
function forEverybody(): void {
  chmodSync(directory, 0o777)
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8', withFileTypes: true })
  for (const entry of paths) chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o777 : 0o666)
}

describe('the lines of a source', () => {
  it('are judged one by one, and every one is a row, a reject or blank', () => {
    edit(directory, 'assets/sources.ts', ["key: 'song_data',", "key: 'song_data',\n  maxRejected: 1,"])
    const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const song = (id: string) => songLine({ song_id: id })
    writeFiles(directory, {
      'input/song_data/a-empty.json': '',
      'input/song_data/b-blank.json': '\n \r\n\t\n',
      'input/song_data/c-mark.json': `\ufeff${song('MARK')}`,
      'input/song_data/d-crlf.json': `${song('CRLF1')}\r\n${song('CRLF2')}\r\n`,
      'input/song_data/e-nul.json': `${song('NUL1').replace('NUL1', 'NUL\\u0000')}\n${song('NUL2').replace('NUL2', 'NUL\0')}\n\0\n`,
      'input/song_data/f-deep.json': `{"x":${deep(100_000)},${song('DEEP').slice(1)}\n${deep(100_000)}\n${'['.repeat(100_000)}`,
      'input/song_data/g-twice.json': song('TWICE').replace('"year":0', '"year":"no","year":1999'),
      'input/song_data/h-not-json.json': `hello\n${song('CUT').slice(0, 40)}\n[1]\n42\n${song('AFTER')}`,
      'input/song_data/i-types.json': [
        songLine({ song_id: 'NUMBER', title: 311 }),
        songLine({ title: true }),
        songLine({ year: '1999' }),
        songLine({ year: 4.7 }),
        songLine({ year: 2 ** 31 }),
        songLine({ duration: undefined }),
        songLine({ artist_name: null }),
        songLine({ song_id: 'FIVE' }).replace('"year":0', '"year":5.0e0'),
        songLine({ title: 'x' }).replace('"x"', '"\\ud800"'),
      ].join('\n'),
      'input/song_data/j-latin.json': Buffer.from(songLine({ title: 'Café' }), 'latin1'),
      'input/song_data/.hidden.json': 'hidden',
      'input/song_data/_temporary/k.json': song('UNDER'),
      'input/song_data/_temporary.json': 'hidden',
      'input/song_data/l.txt': 'no JSON file',
    })
    const result = at(['materialize', 'songs', '--json'])
    expect(result.status).toBe(0)
    expect(rows('select song_id, title, year from songs order by 1')).toEqual([
      { song_id: 'AFTER', title: 'Setanta matins', year: 0 },
      { song_id: 'CRLF1', title: 'Setanta matins', year: 0 },
      { song_id: 'CRLF2', title: 'Setanta matins', year: 0 },
      { song_id: 'DEEP', title: 'Setanta matins', year: 0 },
      { song_id: 'FIVE', title: 'Setanta matins', year: 5 },
      { song_id: 'MARK', title: 'Setanta matins', year: 0 },
      { song_id: 'NUL\0', title: 'Setanta matins', year: 0 },
      { song_id: 'NUMBER', title: '311', year: 0 },
      { song_id: 'SO1', title: 'Setanta matins', year: 0 },
      { song_id: 'TWICE', title: 'Setanta matins', year: 1999 },
    ])
    const { rejects, total } = document(at(['rejects', 'song_data', '--json']))
    expect(rejects.map(({ file, line }: { file: string; line: number }) => `${file}:${line}`)).toEqual([
      ...['e-nul.json:2', 'e-nul.json:3', 'f-deep.json:2', 'f-deep.json:3'],
      ...['h-not-json.json:1', 'h-not-json.json:2', 'h-not-json.json:3', 'h-not-json.json:4'],
      ...[2, 3, 4, 5, 6, 7, 9].map((line) => `i-types.json:${line}`),
      'j-latin.json:1',
    ])
    expect(total).toBe(rejects.length)
    expect(rejects.slice(8).map(({ reason }: { reason: string }) => reason)).toEqual([
      'title: expected text, got true',
      'year: expected an integer, got "1999"',
      'year: expected an integer, got 4.7',
      'year: 2147483648 does not fit int',
      'duration is missing',
      'artist_name is null',
      'title: holds a lone surrogate, which is not a character',
      'not UTF-8',
    ])
    expect(at(['rejects', 'song_data']).stdout).toContain('h-not-json.json')
  })

  it('may be of 50 MB: one that is right is a row, one that is not is a reject whose text is cut', () => {
    edit(directory, 'assets/sources.ts', ["key: 'song_data',", "key: 'song_data',\n  maxRejected: 0.5,"])
    writeFiles(directory, {
      'input/song_data/long.json': songLine({ song_id: 'LONG', title: 'x'.repeat(50 * MIB) }),
      'input/song_data/noise.json': 'y'.repeat(50 * MIB),
    })
    expect(at(['materialize', 'songs']).status).toBe(0)
    expect(rows('select song_id, length(title) as length from songs order by 1')).toEqual([
      { song_id: 'LONG', length: String(50 * MIB) },
      { song_id: 'SO1', length: '14' },
    ])
    const { rejects } = document(at(['rejects', 'song_data', '--json']))
    expect(rejects).toEqual([
      {
        ...{ file: 'noise.json', line: 1, text: 'y'.repeat(65_536) },
        reason: "not JSON: Unexpected token 'y' (text cut at 65,536 characters)",
      },
    ])
  })

  it('are all bad: the source is broken, nothing of it is committed, and the tables stay as they are', () => {
    writeFiles(directory, { 'input/song_data/good.json': '<html>\n<body>\n', 'input/song_data/other.json': songLine() })
    const result = at(['materialize', '--json'])
    expect(result.status).toBe(1)
    expect(outcomes(result)).toMatchObject({ song_data: 'failed', songs: 'skipped', songplays: 'skipped' })
    expect(failure(result)).toMatchObject({
      code: 'source-broken',
      asset: 'song_data',
      message: expect.stringMatching(
        /2 of 3 lines \(66\.7 %\).*maxRejected allows 1 %[\s\S]*sources\.ts[\s\S]*good\.json:1/,
      ),
      details: { rejected: 2, lines: 3, maxRejected: 0.01 },
    })
    nothingIsLost()
    expect(document(at(['history', 'song_data', '--json'])).versions).toHaveLength(1)
    expect(document(at(['status', '--json'])).assets[0]).toMatchObject({
      key: 'song_data',
      state: 'failed',
      rejected: 0,
    })

    writeFiles(directory, { 'input/song_data/good.json': songLine() })
    expect(at(['materialize']).status).toBe(0)
    nothingIsLost()
  })

  it('may be refused up to maxRejected exactly', () => {
    const good = Array.from({ length: 98 }, (_, index) => songLine({ song_id: `SO${index}X` })).join('\n')
    writeFiles(directory, { 'input/song_data/many.json': `${good}\nbad\n\n` })
    expect(at(['materialize', 'song_data']).status).toBe(0)
    writeFiles(directory, { 'input/song_data/one-more.json': 'bad' })
    expect(at(['materialize', 'song_data']).status).toBe(1)
  })
})

describe('the directory of the lake', () => {
  const elsewhere = (tables: string, options: LakeOptions = {}) =>
    lake(['materialize', '--concurrency', '1', '--json', '--lake', tables, '--input', 'input'], {
      cwd: directory,
      ...options,
    })

  it.each([['a-file'], ['a-file/tables']])('is %s: status 1, and the file stays', (tables) => {
    writeFiles(directory, { 'a-file': 'precious' })
    const result = elsewhere(tables)
    expect(result.status).toBe(1)
    expect(document(result)).toEqual({
      error: { code: 'storage', message: expect.stringMatching(/a-file.*a file where a directory is needed/) },
    })
  })

  it.skipIf(!canBeSomebody)('may not be written to: status 1, named', () => {
    forEverybody()
    mkdirSync(join(directory, 'closed'))
    chmodSync(join(directory, 'closed'), 0o555)
    const result = elsewhere('closed', somebody)
    chmodSync(join(directory, 'closed'), 0o755)
    expect(result.status).toBe(1)
    expect(document(result)).toEqual({
      error: { code: 'storage', message: expect.stringMatching(/closed.*not writable for this user/) },
    })
  })

  it('is on a full disk: status 1, nothing half-done, and the rest is built once there is room', (context) => {
    const disk = join(directory, 'disk')
    mkdirSync(disk)
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1500k', 'tmpfs', disk]).status !== 0) {
      context.skip('not tried: a full disk, since mounting a small one is not possible here')
    }
    try {
      const events = Array.from({ length: 20_000 }, (_, item) =>
        playLine({ sessionId: 7, itemInSession: item, ts: 1.5e12 + item }),
      )
      writeFiles(directory, { 'input/log_data/many.json': events.join('\n') })
      const full = elsewhere(join(disk, 'tables'))
      expect(full.status).toBe(1)
      expect(outcomes(full)).toMatchObject({ log_data: 'failed', songplays: 'skipped' })
      expect(failure(full)).toMatchObject({
        code: 'storage',
        message: expect.stringMatching(/no space left|disk is full/i),
      })
      expect(existsSync(join(disk, 'tables/log_data'))).toBe(false)
      expect(readdirSync(join(disk, 'tables/_lake/scratch'))).toEqual([])

      expect(spawnSync('mount', ['-o', 'remount,size=64m', disk]).status).toBe(0)
      expect(elsewhere(join(disk, 'tables')).status).toBe(0)
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })
})

describe('a damaged lake', () => {
  const file = (table: string, suffix: string, below = '') => {
    const path = join(directory, 'tables', table, below)
    const name = readdirSync(path).find((candidate) => candidate.endsWith(suffix))
    if (name === undefined) throw new Error(`there is no ${suffix} in ${path}`)
    return join(path, name)
  }

  it('with a cut log file: named, with what to do, which helps', () => {
    const log = file('songs', '.json', '_delta_log')
    truncateSync(log, 200)
    for (const command of [['materialize'], ['query', 'from songs'], ['history', 'songs']]) {
      const { status, stdout, stderr } = at(command)
      expect(status).toBe(1)
      expect(stdout + stderr).toContain(log)
      expect(stdout + stderr).toContain(`delete the directory ${join(directory, 'tables/songs')}`)
    }
    expect(document(at(['status', '--json'])).assets[3].causes[0].message).toContain(log)
    rmSync(join(directory, 'tables/songs'), { recursive: true })
    expect(at(['materialize']).status).toBe(0)
    nothingIsLost()
  })

  it.each([
    ['without', (path: string) => rmSync(path), 'is missing'],
    ['with a cut', (path: string) => truncateSync(path, 100), 'has 100 bytes and not'],
  ])('%s data file: named, with what to do, which helps', (_, spoil, problem) => {
    const path = file('song_data', '.parquet')
    spoil(path)
    const query = at(['query', 'select count(title) from song_data'])
    expect(query).toMatchObject({ status: 1, stdout: '' })
    expect(query.stderr).toContain(`${path} ${problem}`)
    expect(query.stderr).toContain('lake --lake tables --input input materialize song_data --full')
    const build = at(['materialize', 'songs', '--full', '--json'])
    expect(build.status).toBe(1)
    expect(failure(build)).toMatchObject({ code: 'corrupt-table', asset: 'song_data' })
    expect(failure(build)?.message).toContain(path)

    writeFiles(directory, { 'input/song_data/good.json': songLine({ title: 'Setanta nits' }) })
    const ingest = at(['materialize', 'song_data', '--json'])
    expect(ingest.status).toBe(1)
    expect(failure(ingest)).toMatchObject({ code: 'corrupt-table', asset: 'song_data' })
    writeFiles(directory, { 'input/song_data/good.json': songLine() })

    expect(at(['materialize', 'song_data', '--full']).status).toBe(0)
    expect(rows('select song_id from song_data')).toEqual([{ song_id: 'SO1' }])
    expect(at(['materialize', 'songs', '--full']).status).toBe(0)
  })

  it.each([
    ['without the list of a source’s files', () => rmSync(file('_lake', '.gz', 'sources/song_data')), ['song_data']],
    [
      'with a cut list of a source’s files',
      () => truncateSync(file('_lake', '.gz', 'sources/log_data'), 20),
      ['log_data'],
    ],
    [
      'without all that is beside its tables',
      () => rmSync(join(directory, 'tables/_lake'), { recursive: true }),
      SOURCES,
    ],
  ])('%s: said, and the source is read anew by itself', (_, spoil, sources) => {
    spoil()
    const { steps } = document(at(['plan', '--json']))
    const anew = steps.filter(({ conditional }: { readonly conditional: boolean }) => !conditional)
    expect(anew.map(({ asset }: { readonly asset: string }) => asset)).toEqual(sources)
    expect(anew[0].causes[0]).toMatchObject({
      ...{ kind: 'source-changed', changed: 1 },
      message: expect.stringMatching(/^all files are read anew: the list .* is lost \(.*manifest/),
    })
    const result = at(['materialize', '--json'])
    expect(result.status).toBe(0)
    for (const key of sources) expect(outcomes(result)).toMatchObject({ [key]: 'unchanged' })
    expect(outcomes(result)).toMatchObject({ songs: 'fresh', songplays: 'fresh' })
    nothingIsLost()
    expect(document(at(['plan', '--json']))).toEqual({ steps: [] })
  })

  it('without its lists of files, while a file changed: its row is another, once', () => {
    rmSync(join(directory, 'tables/_lake'), { recursive: true })
    writeFiles(directory, { 'input/song_data/good.json': songLine({ title: 'Setanta nits' }) })
    expect(at(['materialize']).status).toBe(0)
    expect(rows('select title from song_data')).toEqual([{ title: 'Setanta nits' }])
    expect(rows('select title from songs')).toEqual([{ title: 'Setanta nits' }])
  })

  it('with damaged notes of failures and claims: nobody minds', () => {
    writeFiles(directory, {
      'tables/_lake/failures/songs.json': 'garbage',
      'tables/_lake/claims/songs.00000077.json': 'garbage',
    })
    expect(document(at(['status', '--json'])).assets[3]).toMatchObject({ key: 'songs', state: 'fresh' })
    expect(at(['materialize', 'songs', '--full']).status).toBe(0)
    expect(document(at(['status', '--json'])).assets[3]).toMatchObject({ key: 'songs', state: 'fresh' })
  })
})

describe('an asset', () => {
  const SELECT = ".select(['song_id', 'title', 'artist_id', 'year', 'duration'])"

  it('whose query fails in the engine: its SQL, its file and the engine’s reason are in the message', () => {
    edit(directory, 'assets/songs.ts', ['({ db })', '({ db, fn })'])
    edit(directory, 'assets/songs.ts', [
      SELECT,
      ".select(['song_id', 'title', 'artist_id', 'duration'])" +
        ".select(({ eb }) => fn.toInt(eb('duration', '*', eb.val(1e12))).as('year'))",
    ])
    const result = at(['materialize', '--json'])
    expect(result.status).toBe(1)
    const { message, ...error } = failure(result) ?? { message: '' }
    expect(error).toMatchObject({ code: 'query-failed', asset: 'songs' })
    expect(message).toContain(join(directory, 'assets/songs.ts'))
    expect(message).toContain('out of range for the destination type INT32')
    expect(message).toContain('The query was:\nSELECT ')
    nothingIsLost()
  })

  it('whose query gives another type than declared: a wrong definition, and nothing is rounded', () => {
    const undo = edit(directory, 'assets/songs.ts', [
      SELECT,
      ".select(['song_id', 'title', 'artist_id', 'duration as year', 'duration'])",
    ])
    const result = at(['materialize', 'songs', '--json'])
    expect(result.status).toBe(2)
    expect(document(result).error).toMatchObject({
      code: 'definition',
      message: expect.stringContaining('its query returns year as double, but it is declared int'),
    })
    undo()
    nothingIsLost()
  })

  it('whose check the engine cannot run: the file and the reason are in the message', () => {
    edit(directory, 'assets/songs.ts', ['defineAsset,', 'defineAsset, sqlCheck,'])
    edit(directory, 'assets/songs.ts', [
      'primaryKey:',
      "checks: [sqlCheck('odd', 'no_such_column > 1')],\n  primaryKey:",
    ])
    const result = at(['materialize', 'songs', '--full', '--json'])
    expect(result.status).toBe(1)
    expect(failure(result)).toMatchObject({
      code: 'query-failed',
      asset: 'songs',
      message: expect.stringMatching(/the checks of songs .*songs\.ts.*no_such_column/),
    })
    nothingIsLost()
  })

  it('whose definition is wrong: all that is wrong is told at once, with file and remedy, and status 2', () => {
    edit(directory, 'assets/songs.ts', ["partitionBy: ['year']", "partitionBy: ['decade']"])
    edit(directory, 'assets/users.ts', ["key: 'users'", "key: 'all users'"])
    const result = at(['plan', '--json'])
    expect(result.status).toBe(2)
    const { code, message } = document(result).error
    expect(code).toBe('definition')
    expect(message).toMatch(/2 definitions are wrong/)
    expect(message).toMatch(/songs: .*decade[\s\S]*assets\/songs\.ts/)
    expect(message).toMatch(/all users[\s\S]*assets\/users\.ts[\s\S]*-> use letters/)
    expect(at(['materialize'])).toMatchObject({ status: 2, stdout: '' })
  })

  it('that is no TypeScript: its file is named, and status 2', () => {
    writeFileSync(join(directory, 'assets/songs.ts'), 'export const songs = defineAsset({')
    const { status, stdout, stderr } = at(['plan'])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain('songs.ts')
    expect(stderr).not.toMatch(/^ +at /m)
  })
})
