/**
 * File names and values with line breaks and escape sequences never begin a line of an error's
 * message.
 */
import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readAhead } from '../../../framework/ingest/pack/read-ahead.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { lake, writeFiles } from '../../support/programs/lake-process.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'

const NAME = 'a\n\u001b[2Jforged: all is well.json'
const SHOWN = 'a\u240a\u241b[2Jforged: all is well.json'
/** A line that begins within a file name, or within a value. */
const LINES = /^\s*(.?\[2J)?forged/m
const UNSHOWN = /(?!\n)[\p{Cc}\u202e]/u

let directory = ''
builtProject({ 'input/song_data/good.json': songLine(), 'input/log_data/good.json': playLine() }, (copy) => {
  directory = copy
})
const inTables = (name: string) => join(directory, 'tables', name)
const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })

/**
 * Runs the command in text and in JSON. The command has to fail, and to name the file on the line
 * of the message.
 */
function namesIt(...args: string[]): void {
  namesItWith(1, ...args)
}

function namesItWith(expected: number, ...args: string[]): void {
  for (const flags of [[], ['--json']]) {
    const { status, stdout, stderr } = at(...args, ...flags)
    const printed = stdout + stderr
    expect(status, printed).toBe(expected)
    expect(printed).toContain(SHOWN)
    expect(printed).not.toMatch(LINES)
    expect(printed).not.toMatch(UNSHOWN)
    for (const line of flags.length > 0 ? stdout.split('\n') : []) expect(line).toMatch(/^(\{.*\})?$/)
  }
}

it('an error names a file with too many broken lines', () => {
  writeFiles(directory, { [`input/song_data/${NAME}`]: 'no JSON\nnor this' })
  namesIt('materialize')
  namesIt('materialize', 'song_data')
  expect(at('run', 'last').stdout + at('status').stdout + at('show', 'song_data').stdout).not.toMatch(LINES)
})

it('an error names a link that leads out of the source', () => {
  writeFiles(directory, { 'elsewhere/b': songLine() })
  symlinkSync(join(directory, 'elsewhere/b'), join(directory, 'input/song_data', NAME))
  namesIt('materialize')
  namesIt('plan')
})

it('an error names the source whose only remaining file matches no pattern', () => {
  rmSync(join(directory, 'input/song_data/good.json'))
  writeFiles(directory, { [`input/song_data/${NAME}.txt`]: songLine() })
  namesIt('materialize')
})

it('an error names a file that vanishes', async () => {
  const files = [{ path: NAME, size: 3, etag: 'x' }]
  const reading = readAhead(localStorage(directory), files).next()
  await expect(reading).rejects.toMatchObject({
    code: 'source-changed',
    message: expect.stringMatching(/^a\u240a\u241b\[2Jforged: all is well\.json disappeared from .*$/),
    details: { file: NAME },
  })
})

/** Gives the data file another name in the log of the table. */
async function renameDataFile(table: string): Promise<void> {
  const storage = openStorage(inTables(''))
  const path = `${table}/_delta_log/${'0'.repeat(20)}.json`
  const text = Buffer.from((await storage.read(path))?.body ?? []).toString()
  const renamed = text.replace(/("add":\{"path":)"[^"]*"/, (_, head) => head + JSON.stringify(encodeURIComponent(NAME)))
  expect(renamed).not.toBe(text)
  await storage.put(path, renamed)
}

const reading = [
  ['materialize', 'songs', '--full'],
  ['query', 'select * from song_data'],
]

it('an error names a lost data file', async () => {
  await renameDataFile('song_data')
  for (const command of reading) namesIt(...command)
  namesItWith(0, 'verify', 'songs')
})

it('an error names a damaged data file', async () => {
  await renameDataFile('song_data')
  const storage = openStorage(inTables(''))
  const text = Buffer.from((await storage.read(`song_data/_delta_log/${'0'.repeat(20)}.json`))?.body ?? []).toString()
  const size = Number(/"size":(\d+)/.exec(text)?.[1])
  writeFiles(inTables('song_data'), { [NAME]: 'x'.repeat(size) })
  for (const command of reading) namesIt(...command)
  namesItWith(0, 'verify', 'songs')
})

it('an error repeats a text of a log file on one line', async () => {
  const storage = openStorage(inTables(''))
  await storage.put(`songs/_delta_log/${'0'.repeat(20)}.json`, 'x\r\u001b[2Jforged: y')
  for (const flags of [[], ['--json']]) {
    const { status, stdout, stderr } = at('materialize', 'songs', ...flags)
    expect(status).toBe(1)
    expect(stdout + stderr).toContain('0.json')
    expect(stdout + stderr).not.toMatch(LINES)
    expect(stdout + stderr).not.toMatch(UNSHOWN)
  }
})

it('an error repeats a value with line breaks, and no line of it looks like a line of lake', () => {
  writeFiles(directory, { 'input/song_data/b.json': songLine({ song_id: 'SOB', title: 'a\nforged: all is well' }) })
  expect(at('materialize', 'songs').status).toBe(0)
  const sql = "select cast(title as int) from songs where title like 'a%'"
  const text = at('query', sql)
  expect(text.status).toBe(2)
  expect(text.stderr).toContain("'a\n  forged: all is well'")
  const json = at('query', sql, '--json')
  expect(json.stdout + json.stderr).not.toMatch(LINES)
})
