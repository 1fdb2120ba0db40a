/**
 * `lake help` explains commands, guides and words of the glossary; `lake --version` says which
 * versions run.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { lake, ROOT } from '../../support/programs/lake-process.ts'

const help = (...words: readonly string[]) => lake(['help', ...words], { cwd: '/' })

it('lake help without a topic lists the commands and the topics', () => {
  const { status, stdout } = help()
  expect(status).toBe(0)
  expect(stdout).toMatch(/^Usage: lake/)
  expect(stdout).toMatch(/^ {2}materialize .*$/m)
  expect(stdout).toMatch(/^ {2}formats +Formats of source files$/m)
})

it('lake help GUIDE prints the guide unchanged, from any directory', () => {
  const guide = readFileSync(join(ROOT, 'docs/guides/sources/formats.md'), 'utf8')
  expect(help('formats')).toEqual({ status: 0, stdout: guide, stderr: '' })
  expect(JSON.parse(help('formats', '--json').stdout)).toEqual({ topic: 'formats', text: guide.trimEnd() })
})

it('lake help WORD prints what the word means, in upper or lower case, and the help of a command with that name', () => {
  expect(help('Early', 'cutoff').stdout).toBe(
    'early cutoff: A step with the same rows as before makes nothing downstream stale.\n',
  )
  expect(help('plan').stdout).toMatch(/^Usage: lake plan [\s\S]*\n\nplan, step: The list of steps of a run;/)
  expect(help('emr').stdout).toMatch(/^Usage: lake emr [\s\S]*\n\n# Spark on Amazon EMR\n/)
  expect(help('run', 'resume').stdout).toMatch(/^Usage: lake run resume/)
})

it('lake help OPTION shows where the topics explain an option of a declaration', () => {
  const { status, stdout } = help('catchUp')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^catchUp is part of:\n`lake help schedules`:\n {2}\| `catchUp` \|/)
  expect(help('upsert').stdout).toMatch(/`lake help rows-from-code`:\n.*each replaces the row with its key/)
  expect(help('ateh').status).toBe(2)
})

it('lake help WORD shows where the topics contain the word as text if none contains it as code', () => {
  expect(help('joins').stdout).toMatch(/^joins is part of:\n`lake help [a-z-]+`:\n {2}.*\bjoins\b/i)
  expect(help('join').stdout).toMatch(/^join is part of:\n/)
})

it('lake help TOOL prints the guide for people who come from that tool', () => {
  const guide = readFileSync(join(ROOT, 'docs/guides/start/from-dbt.md'), 'utf8')
  expect(help('dbt').stdout).toBe(guide)
  expect(help('from-sql').stdout).toMatch(/^# From SQL to assets\n/)
})

it('lake help names a similar word if it does not know the word', () => {
  expect(help('reaap')).toEqual({
    status: 2,
    stdout: '',
    stderr: 'lake: "reaap" is no command, no topic and no word of the glossary. Did you mean `lake help reap`?\n',
  })
})

it('lake --version prints the version of lake first, then the versions of Node and the engines', () => {
  const { status, stdout } = lake(['--version'])
  expect(status).toBe(0)
  const [first, ...more] = stdout.trimEnd().split('\n')
  expect(first).toBe(manifest.version)
  expect(more[0]).toBe(`Node ${process.versions.node}, ${process.platform} ${process.arch}`)
  expect(more[1]).toMatch(/^DuckDB 1\.\d+\.\d+, embedded$/)
})
