/**
 * Shells complete commands, flags, assets, profiles, runs and versions. The tests try each shell
 * that is installed.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { lake, PROGRAM, sharedDirectory, temporaryDirectory } from '../../support/programs/lake-process.ts'

const project = sharedDirectory()
let run = ''

beforeAll(() => {
  expect(lake(['init'], { cwd: project }).status).toBe(0)
  expect(lake(['materialize', 'orders'], { cwd: project }).status).toBe(0)
  run = JSON.parse(lake(['runs', '--json'], { cwd: project }).stdout).runs[0].runId
})

const completed = (...words: readonly string[]) =>
  lake(['__complete', ...words], { cwd: project })
    .stdout.split('\n')
    .filter((word) => word !== '')

describe('the word that completes', () => {
  it.each([
    [['mat'], ['materialize']],
    [['ru'], ['runs', 'run']],
    [
      ['materialize', ''],
      ['customers', 'orders', 'daily_sales', 'spending'],
    ],
    [['materialize', 'customers', 'or'], ['orders']],
    [['plan', '+s'], ['+spending']],
    [['--profile', 'default', 'show', 'c'], ['customers']],
    [['diff', 'orders', ''], ['0']],
    [['diff', 'orders', '0', ''], ['0']],
    [['rollback', 'orders', '--to', ''], ['0']],
    [['rollback', 'no_such_table', '--to', ''], []],
    [['drop', ''], []],
    [['help', 'for'], ['formats']],
    [['--profile', ''], ['default']],
    [
      ['materialize', '--con'],
      ['--concurrency', '--config'],
    ],
    [['query', '--format', 'p'], ['parquet']],
    [['schedule', 'n'], ['next']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['run', 'res'], ['resume']],
    [['show', 'orders', ''], []],
    [['infer', ''], []],
    [['no-such-command', ''], []],
  ])('lake %j is one of %j', (words, found) => {
    expect(completed(...words)).toEqual(found)
  })

  it('lake run is `resume`, `last` or the ID of a run', () => {
    expect(completed('run', '')).toEqual(['resume', 'last', run])
    expect(completed('query', '--at', '')).toEqual(['last', run])
  })

  it('lake show does not exist outside of a project, and no error is printed', () => {
    const result = lake(['__complete', 'show', ''], { cwd: temporaryDirectory() })
    expect(result).toEqual({ status: 0, stdout: '', stderr: '' })
  })
})

/** Puts `lake` on the PATH as a program. */
function withProgram(): NodeJS.ProcessEnv {
  const bin = join(project, '.bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'lake'), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`)
  chmodSync(join(bin, 'lake'), 0o755)
  return { ...process.env, PATH: `${bin}:${process.env.PATH}`, CI: '' }
}

const ASKED = {
  bash: 'source <(lake completion bash); COMP_WORDS=(lake show spe); COMP_CWORD=2; _lake; echo "$COMPREPLY"',
  zsh: 'compdef() { :; }; compadd() { shift; print -- "$@"; }; source <(lake completion zsh); words=(lake show spe); CURRENT=3; _lake',
  fish: 'lake completion fish | source; complete -C "lake show spe"',
} as const

// Not every machine has all of the shells.
const INSTALLED = (['bash', 'zsh', 'fish'] as const).filter((shell) => spawnSync(shell, ['--version']).status === 0)

it.each(INSTALLED)('the shell %s offers an asset', (shell) => {
  const { stdout, stderr } = spawnSync(shell, ['-c', ASKED[shell]], {
    cwd: project,
    env: withProgram(),
    encoding: 'utf8',
  })
  expect({ stdout, stderr }).toEqual({ stdout: 'spending\n', stderr: '' })
})

it.each(['bash', 'zsh', 'fish'])('the script for %s calls the program', (shell) => {
  expect(lake(['completion', shell]).stdout).toContain('__complete')
})
