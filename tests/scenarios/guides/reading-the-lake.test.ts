// The guide to reading a lake from other programs works as written, and `lake export` prints what
// the guide says.
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { lake, ROOT, sharedDirectory } from '../../support/programs/lake-process.ts'
import { document } from '../../support/programs/run-events.ts'
import { copyProject } from '../../support/projects/project-copy.ts'
import { simulatedLake } from '../../support/projects/simulated-lake.ts'
import { python } from '../../support/python/python.ts'

const GUIDE = readFileSync(join(ROOT, 'docs/guides/tables/reading-the-lake.md'), 'utf8')
const blocks = (language: string) =>
  [...GUIDE.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, block = '']) => block)

const { tables, at: inLake } = simulatedLake()
const directory = sharedDirectory()
const at = (...args: string[]) => lake([...args, '--lake', 'lake'], { cwd: directory })
const numbers = (sql: string) => Object.values(document(inLake('query', sql, '--json'))[0] ?? {}).map(Number)
const program = python()

beforeAll(() => {
  copyProject(directory)
  cpSync(tables, join(directory, 'lake'), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
})

describe('the guide to reading a lake', () => {
  it('has commands that end with 0', () => {
    const commands = blocks('sh').map((block) => block.trim().replace(/^npx lake /, ''))
    expect(commands).toHaveLength(4)
    for (const command of commands) {
      const args = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '')
      const { status, stderr } = at(...args)
      expect({ command, status, stderr }).toMatchObject({ command, status: 0 })
    }
  })

  it.skipIf(program === undefined)('has programs for DuckDB, polars and delta-rs that see the rows', () => {
    const [joined] = numbers('select count(*) as n from songplays join songs using (song_id)')
    const [paid] = numbers("select count(*) as n from songplays where level = 'paid'")
    const printed = blocks('python').map((block) => {
      const script = join(directory, 'recipe.py')
      writeFileSync(script, `${LOCAL_EXTENSION}\n${block}\nimport os, sys\nsys.stdout.flush()\nos._exit(0)\n`)
      return Number(execFileSync(program ?? '', [script], { cwd: directory, encoding: 'utf8' }))
    })
    expect(printed).toEqual([joined, joined, paid, paid])
    expect(paid).toBeGreaterThan(0)
  })

  it('has programs in TypeScript that see the rows of one snapshot', () => {
    const outputs = blocks('ts').map((block, index) => {
      writeFileSync(join(directory, `config/recipe${index}.ts`), block)
      const load = `
        import { createJiti } from 'jiti'
        import * as lake from '${join(ROOT, 'dist/index.mjs')}'
        const jiti = createJiti('${directory}/x.js', { virtualModules: { lake }, fsCache: false })
        await jiti.import('./config/recipe${index}.ts')`
      const file = join(directory, `load${index}.mjs`)
      writeFileSync(file, load)
      return execFileSync(process.execPath, [file], { cwd: directory, encoding: 'utf8' })
    })
    const [paid] = numbers("select count(*) as n from songplays where level = 'paid' and start_time >= '2018-11-01'")
    expect(outputs[0]?.trim().split('\n')).toHaveLength(paid ?? 0)
    const [paidEver] = numbers("select count(*) as n from songplays where level = 'paid'")
    const [songs, plays] = numbers('select (select count(*) from songs) as s, (select count(*) from songplays) as p')
    expect(outputs[1]).toMatch(new RegExp(`^${paidEver} Schema<\\{ 0: songplay_id: `))
    expect(outputs[2]).toMatch(new RegExp(`^${songs} ${plays} \\[`))
  })
})

/** The Python of the tests has the extension in a package, so that DuckDB downloads nothing. */
const LOCAL_EXTENSION = `
import pathlib, duckdb, duckdb_extension_delta
extension = next(pathlib.Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension"))
connect = duckdb.connect
class Connection:
    def __init__(self):
        self.inner = connect()
    def execute(self, sql):
        return self.inner.execute(sql.replace("INSTALL delta; LOAD delta;", f"LOAD '{extension}';"))
    def sql(self, sql):
        return self.inner.sql(sql)
duckdb.connect = Connection
`

describe('lake export', () => {
  it('prints statements for each program, with the tables that are built', () => {
    const location = join(tables, 'songs')
    const printed = (format: string) => inLake('export', '--format', format, '--database', 'sales', 'songs').stdout
    expect(printed('duckdb')).toBe(
      `INSTALL delta; LOAD delta;\nCREATE SCHEMA IF NOT EXISTS "sales";\n\nCREATE OR REPLACE VIEW "sales"."songs" AS\nSELECT * FROM delta_scan('${location}');\n`,
    )
    expect(printed('spark')).toBe(
      `CREATE DATABASE IF NOT EXISTS \`sales\`;\n\nCREATE TABLE IF NOT EXISTS \`sales\`.\`songs\`\nUSING DELTA LOCATION 'file://${location}';\n`,
    )
    expect(printed('trino')).toBe(
      `CALL system.register_table(schema_name => 'sales', table_name => 'songs', table_location => '${location}');\n`,
    )
    expect(document(inLake('export', '--format', 'trino', 'songs', 'users', '--json'))).toMatchObject({
      ...{ format: 'trino', preamble: null, tables: [{ key: 'songs' }, { key: 'users' }] },
    })
  })

  it('refuses tables that the program cannot read', () => {
    const refused = (...args: string[]) => inLake('export', ...args)
    expect(refused('--format', 'glue')).toMatchObject({ status: 2, stderr: expect.stringContaining('on this machine') })
    expect(refused('--format', 'spark', '--pin')).toMatchObject({ status: 2, stderr: expect.stringContaining('--pin') })
    expect(refused('--format', 'spark', '--database', 'a b')).toMatchObject({ status: 2 })
    expect(lake(['export', '--format', 'spark', '--lake', sharedPlace, 'songs'])).toMatchObject({
      ...{ status: 2, stderr: expect.stringContaining('songs has not been built') },
    })
  })
})

const sharedPlace = sharedDirectory()
