// What `lake emr plan` shows before it starts anything.
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { EngineSettings } from '../../../framework/declare/project.ts'
import { NO_AWS } from '../../support/emr/no-aws.ts'
import { type LakeResult, lake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { copyProject } from '../../support/projects/project-copy.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'

/** An endpoint for EMR at which nothing answers. */
const NO_EMR = { ...NO_AWS, AWS_ENDPOINT_URL_EMR: 'http://127.0.0.1:1' }

let directory: string

beforeEach(() => {
  directory = temporaryDirectory()
  copyProject(directory)
})

function configure(engine: EngineSettings, bucket = 'music'): void {
  const places = { lake: `s3://${bucket}/lake`, input: `s3://${bucket}/input` }
  const profiles = JSON.stringify({
    default: { ...places, engine },
    embedded: places,
    local: { lake: 'tables', input: 'in', engine },
  })
  writeFiles(directory, {
    'config/lake.config.ts': `import { defineConfig } from 'lake'
import * as assets from '../assets/index.ts'
export default defineConfig({ assets, profiles: ${profiles} })
`,
  })
}

const emr = (args: readonly string[], env: NodeJS.ProcessEnv = {}): LakeResult =>
  lake(args, { cwd: directory, env: { ...NO_EMR, ...env } })

interface Requests {
  readonly runJobFlow: Readonly<Record<string, unknown>> | null
  readonly addJobFlowSteps: readonly {
    readonly JobFlowId: string
    readonly Steps: readonly { readonly Name: string; readonly HadoopJarStep: { readonly Args: readonly string[] } }[]
    readonly ExecutionRoleArn?: string
  }[]
}

function requests({ stdout, status }: LakeResult): Requests {
  expect(status).toBe(0)
  return JSON.parse(stdout) as Requests
}

describe('lake emr plan', () => {
  it('shows one cluster and one step if the granularity is session, and needs no credentials', () => {
    configure({ kind: 'emr' })
    const result = emr(['emr', 'plan', '--json'], { AWS_REGION: 'eu-central-1' })
    const { runJobFlow, addJobFlowSteps } = requests(result)
    const [
      {
        JobFlowId,
        Steps: [step],
      } = { JobFlowId: '', Steps: [] },
    ] = addJobFlowSteps
    expect(addJobFlowSteps).toHaveLength(1)
    expect(JobFlowId).toBe('<the new cluster>')
    const [, run = ''] = /^lake (\S+)\/session\/1$/.exec(step?.Name ?? '') ?? []
    expect(runJobFlow).toMatchObject({
      Name: `lake ${run}`,
      ReleaseLabel: 'emr-7.14.0',
      LogUri: 's3://music/lake/_lake/spark/logs/',
    })
    expect(step?.HadoopJarStep.Args.slice(-2)).toEqual(['--session', `s3://music/lake/_lake/spark/${run}/session-1`])
    expect(step?.HadoopJarStep.Args.at(-3)).toMatch(/^s3:\/\/music\/lake\/_lake\/spark\/job\/[0-9a-f]{32}\/main\.py$/)
    expect(result.stderr).toContain('no AWS credentials were found')
  })

  it('shows one step for each table on a running cluster, with the role of the steps', () => {
    const executionRole = 'arn:aws:iam::123456789012:role/lake-steps'
    configure({ kind: 'emr', executionRole, cluster: { kind: 'running', clusterId: 'j-2AXXXXXXGAPLF' } })
    const { runJobFlow, addJobFlowSteps } = requests(emr(['emr', 'plan', 'songs', '--json']))
    expect(runJobFlow).toBeNull()
    const names = addJobFlowSteps.map(({ Steps }) => Steps[0]?.Name.replace(/^lake \S+?\//, ''))
    expect(names).toEqual(['song_data/1', 'songs/1'])
    expect(addJobFlowSteps.map(({ JobFlowId }) => JobFlowId)).toEqual(['j-2AXXXXXXGAPLF', 'j-2AXXXXXXGAPLF'])
    expect(addJobFlowSteps[0]?.ExecutionRoleArn).toBe(executionRole)
    expect(addJobFlowSteps[1]?.Steps[0]?.HadoopJarStep.Args.slice(-2)).toEqual(['--idle', '5'])
  })

  it('prints the name and the input of each call', () => {
    configure({ kind: 'emr' })
    const { stdout } = emr(['emr', 'plan', 'songs'])
    expect(stdout.match(/^\w+$/gm)).toEqual(['RunJobFlow', 'AddJobFlowSteps'])
    const [, input = ''] = stdout.split('AddJobFlowSteps\n')
    expect(JSON.parse(input)).toMatchObject({ Steps: [{ ActionOnFailure: 'CONTINUE' }] })
  })

  it('is refused for a profile without EMR, and for a lake that no cluster can reach', () => {
    configure({ kind: 'emr' })
    const embedded = emr(['emr', 'plan', '--profile', 'embedded'])
    expect(embedded).toMatchObject({ status: 2, stderr: expect.stringContaining('computes with duckdb') })
    const local = emr(['emr', 'plan', '--profile', 'local', '--input', directory])
    expect(local.status).toBe(2)
  })
})

const server = await sharedS3Server()
afterAll(() => server?.stop())

describe.skipIf(server === undefined)('lake emr plan for a lake that it can read', () => {
  it('shows no calls if nothing is stale', async () => {
    const bucket = (await server?.bucket()) ?? ''
    configure({ kind: 'emr' }, bucket)
    expect(emr(['simulate', '--out', 'input', '--songs', '3', '--events', '50', '--days', '2']).status).toBe(0)
    const args = ['songs', '--input', 'input', '--lake', `s3://${bucket}/lake`]
    const env = { ...server?.env, XDG_CACHE_HOME: `${directory}/cache` }
    const before = requests(emr(['emr', 'plan', '--json', ...args], env))
    expect(before.addJobFlowSteps).toHaveLength(1)
    expect(emr(['materialize', '--profile', 'embedded', ...args], env)).toMatchObject({ status: 0 })
    const after = requests(emr(['emr', 'plan', '--json', ...args], env))
    expect(after).toEqual({ runJobFlow: null, addJobFlowSteps: [] })
    expect(emr(['emr', 'plan', ...args], env).stdout).toBe('Nothing would be sent: there is nothing to do.\n')
  })
})
