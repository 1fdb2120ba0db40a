/**
 * lake follows links among the files of a source. They may lead out of the source's directory only
 * if the profile allows that.
 */
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { songLine } from '../../support/projects/source-lines.ts'

const config = (followLinks: boolean) => `
import { defineConfig, defineSource, text } from 'lake'
const songs = defineSource({ key: 'songs', columns: { title: text() } })
export default defineConfig({
  assets: { songs },
  profiles: { default: { lake: 'lake', input: 'input'${followLinks ? ', followLinks: true' : ''} } },
})
`

let directory = ''
const at = (...args: string[]) => lake(args, { cwd: directory })
const titles = () => JSON.parse(at('query', 'select title from songs order by 1', '--json').stdout)

beforeEach(() => {
  directory = temporaryDirectory()
  writeFiles(directory, {
    'config/lake.config.ts': config(false),
    'input/songs/2018/a.json': songLine({ title: 'a' }),
    'elsewhere/b.json': songLine({ title: 'b' }),
  })
})

it('lake follows links that stay below the directory of their source', () => {
  symlinkSync('2018/a.json', join(directory, 'input/songs/again.json'))
  symlinkSync('2018', join(directory, 'input/songs/year'))
  expect(at('materialize')).toMatchObject({ status: 0 })
  expect(titles()).toEqual([{ title: 'a' }, { title: 'a' }, { title: 'a' }])
})

it.each(['elsewhere', 'elsewhere/b.json'])(
  'links that lead out of the directory of their source are an error, and nothing is published: %s',
  (target) => {
    expect(at('materialize')).toMatchObject({ status: 0 })
    symlinkSync(join(directory, target), join(directory, 'input/songs/link.json'))
    const { status, stderr } = at('materialize')
    expect(status).toBe(1)
    expect(stderr).toContain('input/songs/link.json leads out of it')
    expect(stderr).toContain('followLinks: true')
    expect(titles()).toEqual([{ title: 'a' }])
    writeFiles(directory, { 'config/lake.config.ts': config(true) })
    expect(at('materialize')).toMatchObject({ status: 0 })
    expect(titles()).toEqual([{ title: 'a' }, { title: 'b' }])
  },
)

it('lake accepts a link as the directory itself, and ignores links that lead nowhere', () => {
  symlinkSync(join(directory, 'input/songs'), join(directory, 'linked'))
  symlinkSync('gone', join(directory, 'input/songs/gone.json'))
  expect(at('materialize', '--source', 'songs=linked')).toMatchObject({ status: 0 })
  expect(titles()).toEqual([{ title: 'a' }])
})
