// The Python code passes the checks that pyproject.toml sets: types, lint rules and layout.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { CACHE } from '../../support/lakes/made-once.ts'
import { python } from '../../support/python/python.ts'
import { JOB } from '../../support/spark/job/job-modules.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PYTHON = ['framework', 'tests']
const CONFIG = ['--config-file', join(ROOT, 'pyproject.toml')]

const program = python('no Python code is checked')

/** The output of a checker, if the checker fails. */
function problems(directory: string, checker: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program ?? '', ['-m', checker, ...args], {
    cwd: directory,
    encoding: 'utf8',
  })
  return status === 0 ? '' : `${stdout}${stderr}`
}

describe.skipIf(program === undefined)('the Spark job', () => {
  it.each(sparkEnvironments())('has right types with PySpark $version', ({ version, python: pyspark }) => {
    const cache = ['--cache-dir', join(CACHE, `mypy-${version}`)]
    expect(problems(JOB, 'mypy', [...CONFIG, ...cache, '--python-executable', pyspark, '.'])).toBe('')
  })
})

describe.skipIf(program === undefined)('all Python code', () => {
  it('follows the lint rules', () => {
    expect(problems(ROOT, 'ruff', ['check', '--no-cache', '--output-format', 'concise', ...PYTHON])).toBe('')
  })

  it('has the layout that ruff gives it', () => {
    expect(problems(ROOT, 'ruff', ['format', '--no-cache', '--diff', ...PYTHON])).toBe('')
  })
})
