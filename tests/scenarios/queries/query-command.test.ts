// `lake query`: formats, files, errors, and versions of tables.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { causes, document, finished } from '../../support/programs/run-events.ts'
import { simulatedLake } from '../../support/projects/simulated-lake.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

describe('lake query on simulated data', () => {
  const { input, at } = simulatedLake()

  describe('query', () => {
    const COUNT = "select count(*) as n, 'a,\"b' as t, null as x from songs"

    it.each([
      ['table', /^ *n +t +x *\n *41 +a,"b +null *\n$/],
      ['csv', /^n,t,x\n41,"a,""b",\n$/],
      ['json', /^\[\{"n":"41","t":"a,\\"b","x":null\}\]\n$/],
    ])('prints %s', (format, expected) => {
      const { status, stdout } = at('query', COUNT, '--format', format)
      expect(status).toBe(0)
      expect(stdout).toMatch(expected)
    })

    it('--json means --format json', () => {
      const { stdout, stderr } = at('query', 'select song_id, year from songs order by 1 limit 2', '--json')
      expect(JSON.parse(stdout)).toEqual([
        { song_id: expect.any(String), year: expect.any(Number) },
        { song_id: expect.any(String), year: expect.any(Number) },
      ])
      expect(stderr).toBe('')
    })

    it('writes the file that --out names, in the format of its extension', () => {
      const out = temporaryDirectory()
      const csv = at('query', 'select song_id from songs order by 1', '--out', join(out, 'songs.csv'))
      expect(csv).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('songs.csv') })
      expect(readFileSync(join(out, 'songs.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(42)
      const parquet = at('query', 'from songs', '--format', 'parquet', '--out', join(out, 'songs.parquet'))
      expect(parquet.status).toBe(0)
      expect(readFileSync(join(out, 'songs.parquet')).subarray(0, 4).toString()).toBe('PAR1')
      expect(at('query', 'from songs', '--format', 'parquet')).toMatchObject({ status: 2, stdout: '' })
    })

    it('refuses invalid SQL with the message of the engine', () => {
      const { status, stdout, stderr } = at('query', 'select nothing from songs', '--json')
      expect(status).toBe(2)
      expect(document({ stdout, stderr })).toEqual({
        error: { code: 'usage', message: expect.stringContaining('"nothing"') },
      })
    })

    it('does not write to a table', () => {
      expect(at('query', 'delete from songs')).toMatchObject({ status: 2, stdout: '' })
      expect(JSON.parse(at('query', 'select count(*) as n from songs', '--json').stdout)).toEqual([{ n: '41' }])
    })

    it.each([
      ['select count(*) as n from songs join artists using (artist_id)'],
      ['with s as (select * from Songs) select count(*) as n from s left join (select 1 as year) as y using (year)'],
      ['select (select count(*) from songs) as n from users limit 1'],
    ])('finds the tables of %s', (sql) => {
      expect(JSON.parse(at('query', sql, '--json').stdout)).toEqual([{ n: '41' }])
    })

    it('suggests the table that the user probably meant', () => {
      expect(at('query', 'select * from songplay')).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/did you mean "?songplays/i),
      })
    })

    it('says how to build a table that was never built', () => {
      const empty = temporaryDirectory()
      const { status, stdout, stderr } = lake(['query', 'from songs', '--json', '--lake', empty, '--input', input])
      expect(status).toBe(2)
      expect(document({ stdout, stderr }).error.message).toContain(
        `lake --lake ${empty} --input ${input} materialize songs`,
      )
    })
  })
})

describe('lake query on a lake that changes', () => {
  it('reads with --at the named version; --full leaves the rows unchanged', () => {
    const directory = temporaryDirectory()
    const places = ['--lake', join(directory, 'tables'), '--input', join(directory, 'input')]
    writeFiles(directory, { 'input/song_data/a.json': songLine(), 'input/log_data/a.json': playLine() })
    expect(lake(['materialize', ...places]).status).toBe(0)
    writeFiles(directory, { 'input/song_data/b.json': songLine({ song_id: 'SO2', title: 'Another' }) })
    expect(lake(['materialize', 'songs', ...places]).status).toBe(0)

    const count = ['query', 'select count(*) as n from songs', '--json', ...places]
    expect(document(lake(count))).toEqual([{ n: '2' }])
    expect(document(lake([...count, '--at', 'songs=0']))).toEqual([{ n: '1' }])
    expect(document(lake([...count, '--at', 'songs=1']))).toEqual([{ n: '2' }])

    const full = lake(['materialize', 'songs', '--full', '--json', ...places])
    expect(full.status).toBe(0)
    expect(causes(full)).toEqual({ songs: ['forced'] })
    expect(finished(full).assets).toContainEqual({
      ...{ key: 'songs', outcome: 'unchanged', version: 1, rowsWritten: 0, partitionsWritten: 0 },
    })
    expect(document(lake(['history', 'songs', '--json', ...places])).versions).toMatchObject([
      { version: 1, rows: 2 },
      { version: 0, rows: 1 },
    ])
  })
})
