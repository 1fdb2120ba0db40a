// lake cannot read source files or lines: the run stops, the error names them, and no row is lost.
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { writeFiles } from '../../support/programs/lake-process.ts'
import { allowEveryUser, canBeOtherUser, OTHER_USER } from '../../support/programs/other-user.ts'
import { document, outcomes } from '../../support/programs/run-events.ts'
import { oneSongProject, runFailure } from '../../support/projects/one-song-project.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { songLine } from '../../support/projects/source-lines.ts'

const project = oneSongProject()
const { at, rows, expectNothingLost } = project

const MIB = 2 ** 20

describe('the directory of a source', () => {
  it.each([
    ['missing', () => rmSync(join(project.directory(), 'input/song_data'), { recursive: true })],
    [
      'a file',
      () => {
        rmSync(join(project.directory(), 'input/song_data'), { recursive: true })
        writeFiles(project.directory(), { 'input/song_data': 'not a directory' })
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
    expectNothingLost()
  })

  it('has lost all of its files: status 1 and no row is removed, unless --allow-empty is set', () => {
    rmSync(join(project.directory(), 'input/song_data/good.json'))
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
    expectNothingLost()

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

  it.skipIf(!canBeOtherUser)(
    'holds a file without read permission: status 1, the file is named, nothing is published',
    () => {
      allowEveryUser(project.directory())
      writeFiles(project.directory(), { 'input/song_data/secret.json': songLine({ song_id: 'SO2' }) })
      chmodSync(join(project.directory(), 'input/song_data/secret.json'), 0)
      const result = at(['materialize', '--json'], OTHER_USER)
      expect(result.status).toBe(1)
      expect(outcomes(result)).toMatchObject({ song_data: 'failed' })
      expect(runFailure(result)).toMatchObject({
        code: 'storage',
        asset: 'song_data',
        message: expect.stringMatching(/secret\.json: it is not readable/),
      })
      expectNothingLost()
      chmodSync(join(project.directory(), 'input/song_data/secret.json'), 0o644)
      expect(at(['materialize'], OTHER_USER).status).toBe(0)
      expect(rows('select count(*) as n from songs')).toEqual([{ n: '2' }])
    },
  )

  it.skipIf(!canBeOtherUser)(
    'has a directory without read permission: the error names it, and no row is removed',
    () => {
      allowEveryUser(project.directory())
      writeFiles(project.directory(), { 'input/song_data/inner/more.json': songLine({ song_id: 'SO2' }) })
      expect(at(['materialize'], OTHER_USER).status).toBe(0)
      chmodSync(join(project.directory(), 'input/song_data/inner'), 0)
      const result = at(['materialize', '--json'], OTHER_USER)
      chmodSync(join(project.directory(), 'input/song_data/inner'), 0o755)
      expect(result.status).toBe(1)
      expect(document(result).error.message).toMatch(/song_data\/inner: it is not readable/)
      expect(rows('select count(*) as n from songs')).toEqual([{ n: '2' }])
    },
  )
})

describe('the lines of a source', () => {
  it('are validated one by one: each line is a row, a reject or blank', () => {
    edit(project.directory(), 'assets/sources.ts', ["key: 'song_data',", "key: 'song_data',\n  maxRejected: 1,"])
    const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    const song = (id: string) => songLine({ song_id: id })
    writeFiles(project.directory(), {
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

  it('can have 50 MB: a valid line is a row; an invalid line is a reject with a cut text', () => {
    edit(project.directory(), 'assets/sources.ts', ["key: 'song_data',", "key: 'song_data',\n  maxRejected: 0.5,"])
    writeFiles(project.directory(), {
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

  it('are mostly invalid: the run reports the source as broken, commits nothing, and keeps the tables as they are', () => {
    edit(project.directory(), 'assets/sources.ts', ["key: 'song_data',", "key: 'song_data',\n  maxRejected: 0.07,"])
    writeFiles(project.directory(), {
      'input/song_data/good.json': '<html>\n<body>\n',
      'input/song_data/other.json': songLine(),
    })
    const result = at(['materialize', '--json'])
    expect(result.status).toBe(1)
    expect(outcomes(result)).toMatchObject({ song_data: 'failed', songs: 'skipped', songplays: 'skipped' })
    expect(runFailure(result)).toMatchObject({
      code: 'source-broken',
      asset: 'song_data',
      message: expect.stringMatching(
        /2 of 3 lines \(66\.7 %\).*maxRejected allows 7 %[\s\S]*sources\.ts[\s\S]*good\.json:1/,
      ),
      details: { rejected: 2, lines: 3, maxRejected: 0.07 },
    })
    expectNothingLost()
    expect(document(at(['history', 'song_data', '--json'])).versions).toHaveLength(1)
    expect(document(at(['status', '--json'])).assets[0]).toMatchObject({
      key: 'song_data',
      state: 'failed',
      rejected: 0,
    })

    writeFiles(project.directory(), { 'input/song_data/good.json': songLine() })
    expect(at(['materialize']).status).toBe(0)
    expectNothingLost()
  })

  it('leave the source fresh once their file is deleted', () => {
    writeFiles(project.directory(), { 'input/song_data/bad.json': '<html>\n<body>\n' })
    expect(at(['materialize', 'song_data']).status).toBe(1)
    const state = () => document(at(['status', '--json'])).assets[0].state
    expect(state()).toBe('failed')
    rmSync(join(project.directory(), 'input/song_data/bad.json'))
    expect(state()).toBe('fresh')
  })

  it('can be refused up to exactly the share `maxRejected`', () => {
    const good = Array.from({ length: 98 }, (_, index) => songLine({ song_id: `SO${index}X` })).join('\n')
    writeFiles(project.directory(), { 'input/song_data/many.json': `${good}\nbad\n\n` })
    expect(at(['materialize', 'song_data']).status).toBe(0)
    writeFiles(project.directory(), { 'input/song_data/one-more.json': 'bad' })
    expect(at(['materialize', 'song_data']).status).toBe(1)
  })
})
