/** Other users of the machine: lake neither runs nor uses what they leave in shared directories, and they cannot read what lake leaves. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { lake, temporaryDirectory, writeFiles } from '../support/lake-process.ts'
import { copyProject } from '../support/project-copy.ts'

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

/** Makes each kept file say that it ran. */
function marking(kept: string): void {
  const marked = readdirSync(kept).map((name) => {
    const code = readFileSync(join(kept, name), 'utf8')
    return [name, `throw new Error("the kept one ran");\n${code}`] as const
  })
  writeFiles(kept, Object.fromEntries(marked))
}

describe('the compiled config', () => {
  it('is kept in a directory of the user alone, and is used again', () => {
    expect(status().status).toBe(0)
    const kept = join(cache(), 'lake-config')
    expect(statSync(kept).mode & 0o777).toBe(0o700)
    expect(readdirSync(kept).length).toBeGreaterThan(0)
    marking(kept)
    expect(status().stdout + status().stderr).toContain('the kept one ran')
  })

  it('is not read from a directory that other users can write to', () => {
    expect(status().status).toBe(0)
    const kept = join(cache(), 'lake-config')
    marking(kept)
    chmodSync(kept, 0o777)
    expect(status().status).toBe(0)
    expect(status().stdout).not.toContain('the kept one ran')
  })

  it('is not kept if no such directory can be made', () => {
    mkdirSync(cache())
    writeFiles(cache(), { 'lake-config': 'a file' })
    expect(status().status).toBe(0)
  })
})

it('the directory of a run belongs to its user alone, and is removed with the run', () => {
  writeFiles(join(directory, 'input'), { 'song_data/a.json': '' })
  const args = ['materialize', 'song_data', '--lake', join(directory, 'lake'), '--input', join(directory, 'input')]
  expect(lake(args, { cwd: directory, env: { XDG_CACHE_HOME: cache() } })).toMatchObject({ status: 0 })
  expect(existsSync(join(directory, 'lake/_lake/scratch'))).toBe(true)
  expect(readdirSync(join(directory, 'lake/_lake/scratch'))).toEqual([])
})

// Only root can run a program as somebody else.
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
