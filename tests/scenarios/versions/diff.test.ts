// `lake diff`: the rows and columns in which two versions differ.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { edit } from '../../support/projects/project-copy.ts'
import { versionedProject } from '../../support/projects/versioned-project.ts'

const project = versionedProject()
const { at, json, inLake, materialize, upgrade } = project
const FREE = { user_id: '8', level: 'free' }
const PAID = { user_id: '8', level: 'paid' }

describe('lake diff', () => {
  it('shows which rows were added, removed and changed', () => {
    upgrade()
    expect(json('diff', 'users', '0', '1')).toEqual({
      ...{ asset: 'users', from: 0, to: 1, key: ['user_id'], removed: 0, added: 0, changed: 1 },
      columns: { added: [], removed: [], retyped: [] },
      sample: [{ change: 'changed', before: expect.objectContaining(FREE), after: expect.objectContaining(PAID) }],
    })
    expect(at('diff', 'users', '0', '1').stdout).toBe(
      'users, version 0 to 1: 0 rows added, 0 removed, 1 changed\n~ "8"  level "free" -> "paid"\n',
    )
    expect(json('diff', 'songplays', '1', '0')).toMatchObject({ removed: 1, added: 0, sample: [{ change: 'removed' }] })
    expect(json('diff', 'users', '1', '1')).toMatchObject({ removed: 0, added: 0, changed: 0, sample: [] })
    expect(at('diff', 'songs', '0', '0').stdout).toBe('songs, version 0 to 0: the same rows.\n')
  })

  it('does not read the files that both versions have', () => {
    const october = readdirSync(inLake('songplays')).filter((name) => name.startsWith('part-'))
    upgrade()
    const before = json('diff', 'songplays', '0', '1')
    expect(before).toMatchObject({ added: 1, removed: 0, changed: 0 })
    for (const name of october) rmSync(inLake('songplays', name))
    expect(json('diff', 'songplays', '0', '1')).toEqual(before)
  })

  it('shows at most --limit rows of each kind', () => {
    upgrade()
    rmSync(join(project.directory(), 'input/log_data/october.json'))
    materialize()
    expect(json('diff', 'songplays', '0', '2', '--limit', '1')).toMatchObject({
      removed: 2,
      added: 1,
      sample: [{}, {}],
    })
    expect(at('diff', 'songplays', '0', '2', '--limit', '1').stdout).toContain('--limit N shows more')
    expect(at('diff', 'songplays', '0', '2', '--limit', '0').status).toBe(2)
  })

  it('compares the columns that two schemas share, and lists the others', () => {
    edit(project.directory(), 'assets/users.ts', ['gender: text().nullable(),', 'sex: text().nullable(),'])
    edit(project.directory(), 'assets/users.ts', ["'gender', 'level']),", "'gender as sex', 'level']),"])
    upgrade()
    const { columns, changed, sample } = json('diff', 'users', '0', '1')
    expect({ columns, changed }).toEqual({ columns: { added: ['sex'], removed: ['gender'], retyped: [] }, changed: 1 })
    expect(Object.keys(sample[0].after)).toEqual(['user_id', 'first_name', 'last_name', 'level'])
  })

  it('refuses versions that do not exist or whose files were vacuumed', () => {
    upgrade()
    expect(at('diff', 'users', '0', '9')).toMatchObject({ status: 2, stderr: expect.stringContaining('no version 9') })
    expect(at('diff', 'users', '0').status).toBe(2)
    expect(at('diff', 'users', '0', 'x').status).toBe(2)
    expect(at('vacuum', '--older-than', '0d').status).toBe(0)
    const refused = at('diff', 'users', '0', '1')
    expect(refused).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('version 0 of users cannot be read any more'),
    })
    expect(at('query', 'from users', '--at', 'users=0')).toMatchObject({
      ...{ status: 2, stderr: expect.stringContaining('version 0 of users cannot be read any more') },
    })
  })
})
