/**
 * Secrets of the profile and of the environment are in no file of the lake after a run, and in
 * nothing that lake prints.
 */
import { chmodSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import type { EngineSettings } from '../../../framework/declare/project.ts'
import { lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { copyProject } from '../../support/projects/project-copy.ts'
import { songLine } from '../../support/projects/source-lines.ts'

const PLANTED = 'planted-5c1f0b"x'
/** A part of the secret that is the same however the secret is quoted. */
const TRACE = '5c1f0b'

/** A spark-submit that prints everything that it got, and fails early. */
const SUBMIT = `#!/bin/sh
echo "$*"
for file in "$@"; do case "$file" in *.properties) cat "$file";; esac; done
echo "spark.hadoop.fs.s3a.secret.key=$SECRET"
echo "{'fs.s3a.session.token': '$SECRET'} at http://user:$SECRET@host:9000/"
echo "java.lang.Exception: it is $SECRET" >&2
exit 1
`

let directory = ''
beforeEach(() => {
  directory = temporaryDirectory()
  copyProject(directory)
  writeFiles(directory, { 'bin/spark-submit': SUBMIT, 'input/song_data/a.json': songLine() })
  chmodSync(join(directory, 'bin/spark-submit'), 0o755)
})

function configure(engine: EngineSettings, place: string): void {
  const profiles = JSON.stringify({ default: { lake: place, input: 'input', engine } })
  writeFiles(directory, {
    'config/lake.config.ts': `import { defineConfig } from 'lake'
import * as assets from '../assets/index.ts'
export default defineConfig({ assets, profiles: ${profiles} })
`,
  })
}

const at = (...args: string[]) =>
  lake(args, {
    cwd: directory,
    env: {
      ...{ SECRET: PLANTED, AWS_SECRET_ACCESS_KEY: PLANTED, AWS_ACCESS_KEY_ID: 'planted', AWS_REGION: 'eu-central-1' },
      ...{ AWS_ENDPOINT_URL: `http://user:${TRACE}@127.0.0.1:1`, AWS_MAX_ATTEMPTS: '1' },
    },
  })

function printed(...commands: readonly string[][]): readonly string[] {
  return commands.map((command) => {
    const { stdout, stderr } = at(...command)
    expect(stdout + stderr, command.join(' ')).not.toContain(TRACE)
    expect((stdout + stderr).length, command.join(' ')).toBeGreaterThan(0)
    return stdout + stderr
  })
}

it('no secret of spark-submit is in a file of the lake after a failed run, or in what lake prints', () => {
  configure(
    {
      kind: 'spark',
      submit: join(directory, 'bin/spark-submit'),
      conf: { 'spark.hadoop.fs.s3a.secret.key': PLANTED, 'spark.ui.enabled': 'false' },
      args: ['--conf', `spark.my.password=${PLANTED}`],
    },
    'tables',
  )
  const [messages = ''] = printed(['materialize', 'song_data'])
  expect(messages).toContain('java.lang.Exception: it is (redacted)')
  expect(messages).toContain('spark.ui.enabled=false')
  printed(['materialize', 'song_data', '--json'], ['status'], ['status', '--json'], ['runs', '--json'], ['doctor'])
  const { runs } = JSON.parse(at('runs', '--json').stdout)
  printed(['run', runs[0].runId], ['run', runs[0].runId, '--json'])
  const files = readdirSync(join(directory, 'tables'), { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  )
  expect(files.map(({ name }) => name)).toContain('song_data.json')
  for (const { parentPath, name } of files) {
    expect(readFileSync(join(parentPath, name), 'latin1'), name).not.toContain(TRACE)
  }
})

it('no secret of EMR’s settings is in the plan, and no secret of an endpoint is in the output of doctor or in errors', () => {
  configure(
    {
      kind: 'emr',
      sparkConf: { 'spark.hadoop.lake.token': PLANTED },
      cluster: { kind: 'transient', configurations: { 'spark-defaults': { 'spark.my.password': PLANTED } } },
    },
    's3://bucket/lake',
  )
  const [plan = ''] = printed(['emr', 'plan'], ['emr', 'plan', '--json'], ['doctor'], ['doctor', '--json'], ['status'])
  expect(plan).toContain('spark.hadoop.lake.token=(redacted)')
  printed(['status', '--lake', `https://user:${TRACE}@host/lake`], ['materialize'], ['materialize', '--json'])
})
