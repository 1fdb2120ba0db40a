// Data files are damaged but have the right size: the error names the file, its version and the
// remedy.

import { closeSync, openSync, readdirSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { lake } from '../../support/programs/lake-process.ts'
import { document, eventsOf } from '../../support/programs/run-events.ts'
import { builtProject, PLACES } from '../../support/projects/built-project.ts'
import { songLine } from '../../support/projects/source-lines.ts'

let directory = ''
builtProject(
  {
    'input/song_data/elena.json': Array.from({ length: 500 }, (_, n) =>
      songLine({ song_id: `SO${n}`, title: `Title ${n * 7919}` }),
    ).join('\n'),
    'input/log_data/none.json': '',
  },
  (own) => {
    directory = own
  },
)
const at = (...args: string[]) => lake([...args, ...PLACES], { cwd: directory })

function dataFile(key: string): string {
  const table = join(directory, 'tables', key)
  const name = readdirSync(table).find((candidate) => candidate.endsWith('.parquet'))
  if (name === undefined) throw new Error(`${key} has no data file`)
  return join(table, name)
}

/**
 * Writes other bytes into the middle, where the pages are. The size and both ends stay the same.
 */
function spoilPages(path: string): void {
  const handle = openSync(path, 'r+')
  writeSync(handle, Buffer.alloc(Math.floor(statSync(path).size / 2), 0xff), 0, undefined, 4)
  closeSync(handle)
}

/** The same number of bytes, of which none is Parquet. */
const spoilAll = (path: string) => writeFileSync(path, Buffer.alloc(readFileSync(path).length, 'x'))

describe.each([
  ['whose pages are damaged', spoilPages],
  ['that is no Parquet any more', spoilAll],
])('a data file %s', (_, spoil) => {
  it('is named by queries, runs and comparisons without a stack trace, and --full repairs the table', () => {
    const path = dataFile('song_data')
    spoil(path)
    const named = (text: string) => {
      expect(text).toContain(`has lost rows of its version 0: ${path} is damaged`)
      expect(text).toContain('materialize song_data --full')
      expect(text).not.toContain('bug')
      expect(text).not.toMatch(/\n\s+at /)
    }
    for (const format of ['table', 'csv', 'json']) {
      const query = at('query', 'from song_data', '--format', format)
      expect(query.status).toBe(1)
      named(query.stderr)
    }
    const query = at('query', 'from song_data', '--out', join(directory, 'out.parquet'))
    named(query.stderr)
    named(JSON.stringify(document(at('query', 'select max(title) from song_data', '--json'))).replaceAll('\\n', '\n'))
    const build = at('materialize', 'songs', '--full', '--json')
    expect(build.status).toBe(1)
    const failed = eventsOf(build).find((event) => event.type === 'step-finished' && event.asset === 'songs')
    expect(failed).toMatchObject({ error: { code: 'corrupt-table', asset: 'song_data' } })
    named(String((failed as { error: { message: string } }).error.message))
    const verify = at('verify', 'song_data')
    expect(verify.status).toBe(1)
    named(verify.stdout.replaceAll(/\n +/g, ' '))

    expect(at('materialize', 'song_data', '--full').status).toBe(0)
    expect(at('materialize').status).toBe(0)
    expect(at('verify').status).toBe(0)
  })
})

it('an error that shows only in a late row of a query is not reported as a bug of lake', () => {
  const query = at('query', "select case when song_id = 'SO499' then title::int else 1 end as n from songs")
  expect(query.status).toBe(2)
  expect(query.stderr).toContain('Conversion Error')
  expect(query.stderr).not.toContain('bug')
})
