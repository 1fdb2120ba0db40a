/**
 * A project with one song and one play, and a check that a failed run has left its rows as they
 * were.
 */
import { expect } from 'vitest'
import { type LakeOptions, lake } from '../programs/lake-process.ts'
import { eventsOf } from '../programs/run-events.ts'
import { builtProject, PLACES } from './built-project.ts'
import { playLine, songLine } from './source-lines.ts'

/** Gives each test its own copy of the project. */
export function oneSongProject() {
  let copy = ''
  builtProject({ 'input/song_data/good.json': songLine(), 'input/log_data/good.json': playLine() }, (directory) => {
    copy = directory
  })
  const directory = () => copy
  const at = (args: readonly string[], options: LakeOptions = {}) =>
    lake([...args, ...PLACES], { cwd: copy, ...options })
  const rows = (sql: string, ...flags: string[]) => JSON.parse(at(['query', sql, '--json', ...flags]).stdout)
  const expectNothingLost = () => {
    const sql = 'select songs.title, user_id, _file from songs join songplays using (song_id) cross join song_data'
    expect(rows(sql, '--at', 'song_data=0')).toEqual([{ title: 'Setanta matins', user_id: '15', _file: 'good.json' }])
  }
  return { directory, at, rows, expectNothingLost }
}

/** The error of the only failed step. Its message must not contain a stack trace. */
export function runFailure(result: { readonly stdout: string }) {
  const failed = eventsOf(result).flatMap((event) =>
    event.type === 'step-finished' && event.error ? [event.error] : [],
  )
  expect(failed).toHaveLength(1)
  expect(failed[0]?.message).not.toMatch(/^ +at /m)
  return failed[0]
}
