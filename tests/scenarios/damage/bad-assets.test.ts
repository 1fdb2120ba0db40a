// An asset has a wrong definition, query or check: the error names it, and no row is lost.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { document } from '../../support/programs/run-events.ts'
import { oneSongProject, runFailure } from '../../support/projects/one-song-project.ts'
import { edit } from '../../support/projects/project-copy.ts'

const project = oneSongProject()
const { at, expectNothingLost } = project

describe('an asset', () => {
  const SELECT = ".select(['song_id', 'title', 'artist_id', 'year', 'duration'])"

  it('whose query fails in the engine: the message has its SQL, its file and the engine’s reason', () => {
    edit(project.directory(), 'assets/songs.ts', ['({ db })', '({ db, fn })'])
    edit(project.directory(), 'assets/songs.ts', [
      SELECT,
      ".select(['song_id', 'title', 'artist_id', 'duration'])" +
        ".select(({ eb }) => fn.toInt(eb('duration', '*', eb.val(1e12))).as('year'))",
    ])
    const result = at(['materialize', '--json'])
    expect(result.status).toBe(1)
    const { message, ...error } = runFailure(result) ?? { message: '' }
    expect(error).toMatchObject({ code: 'query-failed', asset: 'songs' })
    expect(message).toContain(join(project.directory(), 'assets/songs.ts'))
    expect(message).toContain('out of range for the destination type INT32')
    expect(message).toContain('The query was:\nSELECT ')
    expectNothingLost()
  })

  it('whose query gives another type than declared: the definition is refused, and nothing is rounded', () => {
    const undo = edit(project.directory(), 'assets/songs.ts', [
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
    expectNothingLost()
  })

  it('whose check the engine cannot run: the message has the file and the reason', () => {
    edit(project.directory(), 'assets/songs.ts', ['defineAsset,', 'defineAsset, sqlCheck,'])
    edit(project.directory(), 'assets/songs.ts', [
      'primaryKey:',
      "checks: [sqlCheck('odd', 'no_such_column > 1')],\n  primaryKey:",
    ])
    const result = at(['materialize', 'songs', '--full', '--json'])
    expect(result.status).toBe(1)
    expect(runFailure(result)).toMatchObject({
      code: 'query-failed',
      asset: 'songs',
      message: expect.stringMatching(/the checks of songs .*songs\.ts.*no_such_column/),
    })
    expectNothingLost()
  })

  it('with a wrong definition: status 2, and all mistakes at once with file and remedy', () => {
    edit(project.directory(), 'assets/songs.ts', ["partitionBy: ['year']", "partitionBy: ['decade']"])
    edit(project.directory(), 'assets/users.ts', ["key: 'users'", "key: 'all users'"])
    const result = at(['plan', '--json'])
    expect(result.status).toBe(2)
    const { code, message } = document(result).error
    expect(code).toBe('definition')
    expect(message).toMatch(/2 definitions are wrong/)
    expect(message).toMatch(/songs: .*decade[\s\S]*assets\/songs\.ts/)
    expect(message).toMatch(/all users[\s\S]*assets\/users\.ts[\s\S]*-> use letters/)
    expect(at(['materialize'])).toMatchObject({ status: 2, stdout: '' })
  })

  it('that is not valid TypeScript: status 2, and its file is named', () => {
    writeFileSync(join(project.directory(), 'assets/songs.ts'), 'export const songs = defineAsset({')
    const { status, stdout, stderr } = at(['plan'])
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain('songs.ts')
    expect(stderr).not.toMatch(/^ +at /m)
  })
})
