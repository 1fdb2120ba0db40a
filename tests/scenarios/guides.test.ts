/** Guides do what they say: their files, commands and outputs are run as they are written. */
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runGuide } from '../support/guide.ts'
import { lake, temporaryDirectory, writeFiles } from '../support/lake-process.ts'
import { sparkEnvironments } from '../support/spark.ts'

const states = (project: string) => lake(['status'], { cwd: project }).stdout

it.each(['checks', 'testing', 'operating', 'from-dbt', 'from-sqlmesh', 'from-dagster'])(
  'the guide %s works as written',
  (guide) => {
    const project = runGuide(`docs/guides/${guide}.md`)
    expect(states(project)).toMatch(/^(\d) assets: \1 fresh$/m)
  },
)

const [spark] = sparkEnvironments()

it.skipIf(spark === undefined)('the guide from-spark works as written, and its job gives the same rows', () => {
  const { sparkSubmit = '', conf = [], env = {} } = spark ?? {}
  const bin = temporaryDirectory()
  const words = [sparkSubmit, ...conf].map((word) => `'${word}'`).join(' ')
  writeFiles(bin, { 'spark-submit': `#!/bin/sh\nexec ${words} "$@"\n` })
  chmodSync(join(bin, 'spark-submit'), 0o755)
  runGuide('docs/guides/from-spark.md', { env: { ...env, PATH: `${bin}:${process.env.PATH}` } })
})
