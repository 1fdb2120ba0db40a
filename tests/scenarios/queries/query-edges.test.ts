// What `lake query` says about a text that is not exactly one query.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { lake, PROGRAM, sharedDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { PLACES } from '../../support/projects/built-project.ts'
import { copyProject } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

const directory = sharedDirectory()
const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })

beforeAll(() => {
  copyProject(directory)
  writeFiles(directory, { 'input/song_data/a.json': songLine(), 'input/log_data/a.json': playLine() })
  expect(at('materialize').status).toBe(0)
})

describe('a text that is not exactly one query', () => {
  it.each(['', '  \n', ';', '/* nothing */'])('is refused with an example if it is empty: %j', (sql) => {
    const { status, stdout, stderr } = at('query', sql)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain('The query is empty')
    expect(document(at('query', sql, '--json')).error).toMatchObject({ code: 'usage' })
  })

  it.each(['select 1; select 2', 'select 1 as a; select song_id from songs;', 'select 1; create table t (a int)'])(
    'is refused if it has several statements: %s',
    (sql) => {
      expect(at('query', sql)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('2 statements') })
    },
  )

  it.each([
    ...['create table t (a int)', 'set threads = 1', "copy songs to 'copied.csv'", "attach 'other.db'"],
    ...["insert into songs values ('x')", 'update songs set year = 1', 'delete from songs', 'drop table songs'],
  ])('is refused if it returns no rows: %s', (sql) => {
    const { status, stdout, stderr } = at('query', sql)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/gives no rows[\s\S]*help from-sql`|reads the tables of the lake and nothing else/)
    expect(existsSync(join(directory, 'copied.csv'))).toBe(false)
    expect(existsSync(join(directory, 'other.db'))).toBe(false)
  })
})

describe('a query', () => {
  it('can end with a semicolon and a comment, even if its output is a Parquet file', () => {
    for (const sql of ['select song_id from songs;', 'select song_id from songs -- all', 'from songs ;  ']) {
      expect(at('query', sql, '--format', 'csv').status, sql).toBe(0)
      expect(at('query', sql, '--out', join(directory, 'out.parquet')).status, sql).toBe(0)
    }
  })

  it.each(['describe songs', 'show tables', 'explain from songs', 'pivot songs on year using count(*)', 'values (1)'])(
    'can be any statement that returns rows: %s',
    (sql) => {
      expect(at('query', sql).status).toBe(0)
    },
  )

  it('can come from standard input if it is longer than a command-line argument can be', () => {
    const terms = Array.from({ length: 60_000 }, (_, n) => `(${n})`)
    const input = `select count(*)::int as n from (values ${terms.join(', ')}) join songs on true`
    expect(input.length).toBeGreaterThan(300_000)
    const read = spawnSync(process.execPath, [PROGRAM, 'query', '-', '--json', ...PLACES], { cwd: directory, input })
    expect(JSON.parse(String(read.stdout))).toEqual([{ n: 60_000 }])
    expect(read.status).toBe(0)
  })
})
