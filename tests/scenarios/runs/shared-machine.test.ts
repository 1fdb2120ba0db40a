/**
 * On a machine with other users, lake neither runs nor uses files that they put into shared
 * directories. Nor can they read lake's files.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { copyProject } from '../../support/projects/project-copy.ts'

let directory = ''
beforeEach(() => {
  directory = temporaryDirectory()
  copyProject(directory)
})

const cache = () => join(directory, 'cache')
const status = () =>
  lake(['status', '--json', '--lake', join(directory, 'lake'), '--input', join(directory, 'input')], {
    cwd: directory,
    env: { XDG_CACHE_HOME: cache() },
  })

const kept = () => join(cache(), 'lake-config')

/** The stored file. lake replaces it as a whole, so its inode shows whether lake wrote it again. */
function keptFile() {
  // What V8 has compiled of lake's own code is in the same directory: see kept-code.test.ts.
  const [name = '', ...others] = readdirSync(kept()).filter((file) => !file.startsWith('code-'))
  expect(others).toEqual([])
  return { path: join(kept(), name), ...statSync(join(kept(), name)) }
}

describe('the compiled config', () => {
  it('is stored in a directory of the user alone, and used again', () => {
    const first = status()
    expect(first.status).toBe(0)
    expect(statSync(kept()).mode & 0o777).toBe(0o700)
    const { ino, mode } = keptFile()
    expect(mode & 0o777).toBe(0o600)
    expect(status().stdout).toBe(first.stdout)
    expect(keptFile().ino).toBe(ino)
  })

  it('is compiled again if it is damaged', () => {
    const first = status()
    const { path, ino } = keptFile()
    const places = [() => 0, () => 40, (size: number) => Math.floor(size / 2), (size: number) => size - 1]
    for (const place of places) {
      const content = readFileSync(path)
      // The compiled code of the same text can differ in size.
      const at = place(content.length)
      content.writeUInt8(content.readUInt8(at) ^ 1, at)
      writeFileSync(path, content)
      expect(status().stdout).toBe(first.stdout)
    }
    truncateSync(path, 20)
    expect(status().stdout).toBe(first.stdout)
    expect(keptFile().size).toBeGreaterThan(20)
    expect(keptFile().ino).not.toBe(ino)
  })

  it('is neither read nor stored where other users can write', () => {
    mkdirSync(kept(), { recursive: true })
    chmodSync(kept(), 0o777)
    expect(status().status).toBe(0)
    expect(readdirSync(kept())).toEqual([])
  })

  it('is not stored if lake cannot make such a directory', () => {
    mkdirSync(cache())
    writeFiles(cache(), { 'lake-config': 'a file' })
    expect(status().status).toBe(0)
  })
})

it('the scratch directory of a run belongs to its user alone, and is removed with the run', () => {
  writeFiles(join(directory, 'input'), { 'song_data/a.json': '' })
  const args = ['materialize', 'song_data', '--lake', join(directory, 'lake'), '--input', join(directory, 'input')]
  expect(lake(args, { cwd: directory, env: { XDG_CACHE_HOME: cache() } })).toMatchObject({ status: 0 })
  expect(existsSync(join(directory, 'lake/_lake/scratch'))).toBe(true)
  expect(readdirSync(join(directory, 'lake/_lake/scratch'))).toEqual([])
})

// Only root can run a program as another user.
it.skipIf(process.getuid?.() !== 0)(
  'a directory of runs that another user has made is not used, and the run says so',
  () => {
    const temporary = join(directory, 'tmp')
    mkdirSync(join(temporary, 'lake-scratch-65534'), { recursive: true })
    chmodSync(directory, 0o755)
    const { status: ended, stderr } = lake(['materialize', '--lake', 's3://bucket/lake', '--input', directory], {
      cwd: directory,
      env: { TMPDIR: temporary, HOME: '/nonexistent', XDG_CACHE_HOME: undefined, AWS_REGION: 'eu-central-1' },
      uid: 65_534,
    })
    expect(ended).toBe(1)
    expect(stderr).toContain('lake-scratch-65534: it belongs to another user')
    expect(stderr).not.toMatch(/^\s+at /m)
  },
)
