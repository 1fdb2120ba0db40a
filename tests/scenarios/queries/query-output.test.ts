// How many rows `lake query` prints, and its notes about them.
import { expect, it } from 'vitest'
import { lake, temporaryDirectory } from '../../support/programs/lake-process.ts'

const at = (...args: string[]) => lake([...args, '--lake', temporaryDirectory()])

it.each(['table', 'csv', 'json'])(
  'lake query --limit prints the first rows as %s, and says that more rows exist',
  (format) => {
    const all = at('query', 'select range as n from range(3)', '--format', format)
    const some = at('query', 'select range as n from range(5000)', '--format', format, '--limit', '3')
    expect(some).toMatchObject({ status: 0, stdout: all.stdout })
    expect(some.stderr).toContain('the first 3 rows')
    expect(at('query', 'select range as n from range(3)', '--format', format, '--limit', '3').stderr).toBe('')
  },
)

it('lake query prints all rows into a pipe', () => {
  const { stdout } = at('query', 'select range as n from range(5000)')
  expect(stdout.trim().split('\n')).toHaveLength(5001)
})

it('lake query suggests tables of the lake for a missing table, and none of the engine’s own tables', () => {
  const { status, stderr } = at('query', 'select * from prices')
  expect(status).toBe(2)
  expect(stderr).toContain('prices is not a table of this lake; it has song_data')
  expect(stderr).not.toMatch(/pg_|duckdb_|sqlite_|Did you mean/)
})
