/** `lake query` reads only the tables of the lake, unless the user allows it to read files. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { lake, writeFiles } from '../../support/programs/lake-process.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

let directory = ''
const INPUT = { 'input/song_data/a.json': songLine({ title: '=1+1' }), 'input/log_data/a.json': playLine() }
builtProject(INPUT, (copy) => {
  directory = copy
})
beforeEach(() => writeFiles(directory, { 'private/notes.csv': 'a,b\n1,2\n', 'private/notes.txt': 'a note' }))

const query = (sql: string, ...flags: string[]) => lake(['query', sql, ...flags, ...PLACES], { cwd: directory })
const inPrivate = (name: string) => join(directory, 'private', name)

describe('a query', () => {
  it.each([
    ['reads a file', () => `from '${inPrivate('notes.csv')}'`],
    ['reads a text', () => `select * from read_text('${inPrivate('notes.txt')}')`],
    ['lists files', () => `select * from glob('${inPrivate('*')}')`],
    ['reads another file of the lake', () => `select * from read_text('${join(directory, 'tables/_lake/runs/*')}')`],
    ['writes a file', () => `copy (select 1) to '${inPrivate('made.csv')}'`],
    ['makes a database', () => `attach '${inPrivate('made.db')}'`],
    ['exports', () => `export database '${inPrivate('made')}'`],
    ['installs', () => 'install httpfs'],
    ['changes settings', () => 'set threads = 1'],
    ['opens itself', () => 'set enable_external_access = true'],
  ])('is refused if it %s, and the error says how to allow it', (_, sql) => {
    const before = readdirSync(join(directory, 'private'))
    const { status, stdout, stderr } = query(sql())
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain('--allow-files')
    expect(readdirSync(join(directory, 'private'))).toEqual(before)
  })

  it('must be one statement', () => {
    const { status, stderr } = query('select 1; select 2')
    expect(status).toBe(2)
    expect(stderr).toContain('2 statements')
  })

  it.each([
    'from songs',
    'show tables',
    'describe songs',
    'summarize songs',
    'explain from songs',
    'pivot songs on year using count(*)',
    'select s.title, a.name from songs s join artists a using (artist_id) -- both',
    'select count(*) from (select a from range(1000000) t(a) order by a desc)',
  ])('can use everything in the lake: %s', (sql) => {
    const { status, stderr } = query(sql)
    expect(status, stderr).toBe(0)
  })

  it('writes the file that --out names, in each format', () => {
    for (const format of ['csv', 'json', 'parquet']) {
      const { status, stderr } = query('from songs', '--out', `out.${format}`)
      expect(status, stderr).toBe(0)
      expect(existsSync(join(directory, `out.${format}`))).toBe(true)
    }
  })

  it('can read and write files with --allow-files', () => {
    const sql = `select s.title, n.b from songs s, '${inPrivate('notes.csv')}' n`
    expect(JSON.parse(query(sql, '--allow-files', '--json').stdout)).toEqual([{ title: '=1+1', b: '2' }])
    expect(query(`copy (from songs) to '${inPrivate('made.csv')}'`, '--allow-files').status).toBe(0)
    expect(readFileSync(inPrivate('made.csv'), 'utf8')).toContain('=1+1')
  })
})

describe('--csv-safe', () => {
  const VALUES =
    "select * from (values ('=1+1', -1), ('+a', 2), ('@b', 3), ('-1.5', 4), ('-x', 5), ('plain', 6)) as t(\"=c\", n)"

  it('keeps text from being read as a formula, and does not change numbers', () => {
    expect(query(VALUES, '--format', 'csv', '--csv-safe').stdout).toBe(
      "'=c,n\n'=1+1,-1\n'+a,2\n'@b,3\n-1.5,4\n'-x,5\nplain,6\n",
    )
    expect(query(VALUES, '--format', 'csv').stdout).toContain('\n=1+1,-1\n')
    expect(query(VALUES, '--csv-safe').status).toBe(2)
  })
})
