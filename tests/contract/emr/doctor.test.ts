// What `lake doctor` finds on this machine, on S3, and on a stand-in that answers in place of EMR.
import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { EngineSettings } from '../../../framework/declare/project.ts'
import type { Diagnosis } from '../../../framework/doctor/check.ts'
import { NO_AWS } from '../../support/emr/no-aws.ts'
import { type EmrStandIn, startEmrStandIn } from '../../support/emr/stand-in/emr-stand-in.ts'
import { startLake, temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { copyProject } from '../../support/projects/project-copy.ts'
import type { S3Server } from '../../support/s3/s3-server.ts'
import { unconditionalS3 } from '../../support/s3/unconditional-s3.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'

const OTHER_USER = process.getuid?.() === 0 ? { uid: 65534 } : {}

let directory: string

beforeEach(() => {
  directory = temporaryDirectory()
  // Another user has to be able to read it.
  chmodSync(directory, 0o755)
  copyProject(directory)
  writeFiles(directory, { 'input/song_data/a.json': '{}\n', 'input/log_data/a.json': '{}\n' })
})

interface DoctorReport {
  readonly status: number | null
  readonly checks: readonly Diagnosis[]
  /** The status of each check, by the name of the check. */
  readonly statuses: Readonly<Record<string, string>>
  readonly printed: string
}

interface DoctorOptions {
  readonly args?: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly uid?: number
}

async function doctor({
  args = ['--lake', 'tables', '--input', 'input'],
  env = {},
  ...rest
}: DoctorOptions = {}): Promise<DoctorReport> {
  const options = { cwd: directory, env: { ...NO_AWS, ...env }, ...rest }
  const { status, stdout, stderr } = await startLake(['doctor', '--json', ...args], options).ended
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Diagnosis[] }
  const statuses = Object.fromEntries(checks.map(({ name, status: found }) => [name, found]))
  return { status, checks, statuses, printed: stdout + stderr }
}

const checkNamed = ({ checks }: DoctorReport, name: string) => checks.find((check) => check.name === name)

function configure(engine: EngineSettings, lake = 'tables', input = 'input'): void {
  const profile = JSON.stringify({ lake, input, engine })
  writeFiles(directory, {
    'config/lake.config.ts': `import { defineConfig } from 'lake'
import * as assets from '../assets/index.ts'
export default defineConfig({ assets, profiles: { default: ${profile} } })
`,
  })
}

describe('lake doctor for a lake on this machine', () => {
  it('passes if nothing is wrong', async () => {
    mkdirSync(join(directory, 'tables'))
    const report = await doctor()
    expect(report.statuses).toEqual({
      Node: 'ok',
      config: 'ok',
      assets: 'ok',
      descriptions: 'ok',
      lake: 'ok',
      'lake write': 'ok',
      'lake read': 'ok',
      'lake conditional write': 'ok',
      'lake delete': 'ok',
      'source song_data': 'ok',
      'source log_data': 'ok',
      DuckDB: 'ok',
    })
    expect(report.status).toBe(0)
    expect(readdirSync(join(directory, 'tables'))).toEqual([])
  })

  it('prints the same as text', async () => {
    const { status, stdout } = await startLake(['doctor', '--lake', 'tables', '--input', 'input'], {
      cwd: directory,
      env: NO_AWS,
    }).ended
    expect(stdout).toMatch(/^source song_data {2}ok {6}.*input\/song_data: 1 file, and one of them was read$/m)
    expect(stdout).toMatch(/^8 checks: 8 ok$/m)
    expect(status).toBe(0)
  })

  it('does not create the directory of the lake', async () => {
    const report = await doctor()
    expect(checkNamed(report, 'lake')).toMatchObject({
      status: 'ok',
      found: expect.stringContaining('first run creates it'),
    })
    expect(existsSync(join(directory, 'tables'))).toBe(false)
  })

  it('fails if this user cannot write to the directory', async () => {
    mkdirSync(join(directory, 'tables'), { mode: 0o555 })
    const report = await doctor({ ...OTHER_USER, env: { HOME: directory } })
    expect(checkNamed(report, 'lake write')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('not writable for this user'),
      remedy: expect.stringContaining('Change its permissions'),
    })
    expect(report.statuses['lake conditional write']).toBe('not checked')
    expect(report.status).toBe(1)
  })

  it('fails if it cannot create the directory of the lake', async () => {
    mkdirSync(join(directory, 'sealed'), { mode: 0o555 })
    const report = await doctor({ ...OTHER_USER, args: ['--lake', 'sealed/lake/tables', '--input', 'input'] })
    expect(checkNamed(report, 'lake')).toMatchObject({
      status: 'failed',
      found: expect.stringMatching(/sealed is not writable$/),
    })
  })

  it('distinguishes a missing source from a source without files', async () => {
    mkdirSync(join(directory, 'empty'))
    const report = await doctor({
      args: ['--lake', 'tables', '--source', 'song_data=nowhere', '--source', 'log_data=empty'],
    })
    expect(checkNamed(report, 'source song_data')).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('--source'),
    })
    expect(checkNamed(report, 'source log_data')).toMatchObject({
      status: 'warning',
      found: expect.stringContaining('no files'),
    })
    expect(report.status).toBe(1)
  })
})

describe('lake doctor for a project that does not load', () => {
  it('says what is wrong with the config', async () => {
    const report = await doctor({ args: ['--profile', 'nowhere'] })
    expect(checkNamed(report, 'config')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('no profile "nowhere"'),
    })
    expect(report.statuses['all else']).toBe('not checked')
    expect(report.status).toBe(1)
  })

  it('says what is wrong with an asset', async () => {
    writeFiles(directory, {
      'assets/index.ts': `import { defineSource, text } from 'lake'\nexport const twice = defineSource({ key: '_lake', columns: { a: text() } })\n`,
    })
    const report = await doctor()
    expect(report.statuses).toMatchObject({ config: 'ok', assets: 'failed', 'all else': 'not checked' })
    expect(checkNamed(report, 'assets')?.found).toContain('_lake')
  })
})

const server = await sharedS3Server()
afterAll(() => server?.stop())

describe.skipIf(server === undefined)('lake doctor for a lake on S3', () => {
  const { endpoint, env, bucket } = server as S3Server
  const onS3 = (lake: string) => ['--lake', lake, '--input', 'input']

  it('passes on a server that does what a lake needs, and leaves no objects on it', async () => {
    const name = await bucket()
    const report = await doctor({ args: onS3(`s3://${name}/lake`), env })
    expect(report.statuses).toMatchObject({
      'AWS credentials': 'ok',
      'AWS region': 'ok',
      lake: 'ok',
      'lake write': 'ok',
      'lake read': 'ok',
      'lake conditional write': 'ok',
      'lake delete': 'ok',
    })
    expect(report.status).toBe(0)
    expect(checkNamed(report, 'AWS credentials')?.found).toBe('from the environment (AWS_ACCESS_KEY_ID)')
    expect(checkNamed(report, 'AWS region')?.found).toBe(`us-east-1; S3 is the server at ${endpoint}`)
    expect(report.printed).not.toContain(env.AWS_SECRET_ACCESS_KEY)
    const { KeyCount } = await s3(endpoint, env).send(new ListObjectsV2Command({ Bucket: name }))
    expect(KeyCount).toBe(0)
  })

  it('names the profile from which the credentials come', async () => {
    const file = join(directory, 'credentials')
    writeFiles(directory, {
      credentials: `[music]\naws_access_key_id = ${env.AWS_ACCESS_KEY_ID}\naws_secret_access_key = ${env.AWS_SECRET_ACCESS_KEY}\n`,
    })
    const report = await doctor({
      args: onS3(`s3://${await bucket()}/lake`),
      env: { AWS_ENDPOINT_URL_S3: endpoint, AWS_PROFILE: 'music', AWS_SHARED_CREDENTIALS_FILE: file },
    })
    expect(checkNamed(report, 'AWS credentials')?.found).toBe('from the AWS profile music')
    expect(report.statuses['lake write']).toBe('ok')
  })

  it('fails if the server does not know the credentials', async () => {
    const secret = 'not-the-secret-of-anybody'
    const args = onS3(`s3://${await bucket()}/lake`)
    const report = await doctor({ args, env: { ...env, AWS_ACCESS_KEY_ID: 'stranger', AWS_SECRET_ACCESS_KEY: secret } })
    expect(checkNamed(report, 'lake')).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('AWS_PROFILE'),
    })
    expect(report.statuses['lake conditional write']).toBe('not checked')
    expect(report.printed).not.toContain(secret)
    expect(report.status).toBe(1)
  })

  it('fails without credentials, and sends no request to S3', async () => {
    const report = await doctor({ args: onS3(`s3://${await bucket()}/lake`), env: { AWS_ENDPOINT_URL_S3: endpoint } })
    expect(report.statuses).toMatchObject({ 'AWS credentials': 'failed', 'AWS region': 'ok', lake: 'not checked' })
    expect(report.status).toBe(1)
  })

  it('fails if the bucket does not exist', async () => {
    const report = await doctor({ args: onS3('s3://no-such-bucket-anywhere/lake'), env })
    expect(checkNamed(report, 'lake')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('the bucket no-such-bucket-anywhere does not exist.'),
      remedy: 'Make it, or correct the URI.',
    })
    expect(report.statuses['lake write']).toBe('not checked')
  })

  it('fails with a server that ignores the condition of a write', async () => {
    const report = await doctor({
      args: onS3('s3://bucket/lake'),
      env: { ...env, AWS_ENDPOINT_URL_S3: await unconditionalS3() },
    })
    expect(checkNamed(report, 'lake conditional write')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('two runs could overwrite each other'),
      remedy: expect.stringContaining('If-None-Match'),
    })
    expect(report.statuses).toMatchObject({ 'lake write': 'ok', 'lake read': 'ok', 'lake delete': 'ok' })
    expect(report.status).toBe(1)
  })

  it('warns that Spark may lack the libraries that read S3', async () => {
    configure({ kind: 'spark', submit: join(directory, 'nowhere', 'spark-submit') })
    const report = await doctor({ args: onS3(`s3://${await bucket()}/lake`), env: { ...env, SPARK_HOME: undefined } })
    expect(checkNamed(report, 'S3A')).toMatchObject({
      status: 'warning',
      remedy: expect.stringContaining('hadoop-aws'),
    })
  })
})

function s3(endpoint: string, { AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' }: S3Server['env']): S3Client {
  const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY }
  return new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1', credentials })
}

describe.skipIf(server === undefined)('lake doctor for EMR', () => {
  const { env, bucket } = server as S3Server
  let standIn: EmrStandIn

  beforeEach(async () => {
    standIn = await startEmrStandIn({ runStep: () => ({ command: '/bin/true', args: [], env: {} }) })
    return () => standIn.close()
  })

  async function doctorOfEmr(engine: EngineSettings, lake?: string): Promise<DoctorReport> {
    const name = await bucket()
    const input = lake === undefined ? `s3://${name}/input` : 'input'
    configure(engine, lake ?? `s3://${name}/lake`, input)
    return doctor({ args: [], env: { ...env, AWS_ENDPOINT_URL_EMR: standIn.url } })
  }

  it('finds the cluster by its name, and says how many steps the cluster runs at once', async () => {
    const cluster = standIn.addCluster({ name: 'shared', stepConcurrencyLevel: 4 })
    await standIn.until(() => cluster.state === 'WAITING')
    const report = await doctorOfEmr({
      kind: 'emr',
      cluster: { kind: 'running', name: 'shared' },
      prices: { 'm5.xlarge': 0.24 },
    })
    expect(checkNamed(report, 'EMR cluster')).toMatchObject({
      status: 'ok',
      found: `${cluster.id} (shared) is WAITING`,
    })
    expect(report.statuses).toMatchObject({ EMR: 'ok', 'EMR release': 'ok', 'EMR steps': 'ok', 'EMR prices': 'ok' })
    expect(report.status).toBe(0)
  })

  it('fails if no running cluster has that name', async () => {
    const report = await doctorOfEmr({ kind: 'emr', cluster: { kind: 'running', clusterId: 'j-NOSUCHCLUSTER' } })
    expect(checkNamed(report, 'EMR cluster')).toMatchObject({
      status: 'failed',
      found: expect.stringContaining('j-NOSUCHCLUSTER'),
    })
    expect(report.statuses).toMatchObject({ EMR: 'ok', 'EMR release': 'not checked', 'EMR steps': 'not checked' })
    expect(report.status).toBe(1)
  })

  it('checks the settings of a transient cluster without creating a cluster', async () => {
    const report = await doctorOfEmr({ kind: 'emr' })
    expect(checkNamed(report, 'EMR release')).toMatchObject({
      status: 'ok',
      found: 'emr-7.14.0, with Spark 3.5.6-amzn-3',
    })
    expect(checkNamed(report, 'EMR roles')).toMatchObject({
      status: 'not checked',
      found: expect.stringContaining('EMR_DefaultRole'),
    })
    expect(report.statuses).toMatchObject({ 'EMR and the data': 'ok', 'EMR logs': 'ok', 'EMR prices': 'warning' })
    expect(report.status).toBe(0)
    expect(standIn.clusters).toEqual([])
  })

  it('fails if the release does not exist, or if EMR cannot write to the log location', async () => {
    const report = await doctorOfEmr({
      kind: 'emr',
      cluster: { kind: 'transient', release: 'emr-7.99.0', logUri: 's3://no-such-bucket-anywhere/logs/' },
    })
    expect(checkNamed(report, 'EMR release')).toMatchObject({
      status: 'failed',
      remedy: expect.stringContaining('list-release-labels'),
    })
    expect(checkNamed(report, 'EMR logs')).toMatchObject({
      status: 'failed',
      found: expect.stringMatching(/the bucket .* does not exist/),
    })
  })

  it('does not pass if EMR refuses the call', async () => {
    await standIn.close()
    const fault = { kind: 'refused', name: 'AccessDeniedException', message: 'not authorized' } as const
    const faults = [{ call: 'DescribeReleaseLabel', fault }]
    standIn = await startEmrStandIn({ runStep: () => ({ command: '/bin/true', args: [], env: {} }), faults })
    const report = await doctorOfEmr({ kind: 'emr' })
    expect(report.statuses['EMR release']).toBe('not checked')
    expect(report.status).toBe(0)
  })

  it('fails if the lake is on this machine, which no cluster can reach', async () => {
    const report = await doctorOfEmr({ kind: 'emr' }, 'tables')
    expect(checkNamed(report, 'EMR and the data')).toMatchObject({
      status: 'failed',
      remedy: 'Put the lake and all sources on S3.',
    })
  })
})

describe('lake doctor for Spark', () => {
  it('fails if spark-submit is missing', async () => {
    configure({ kind: 'spark', submit: 'no-such-spark-submit' })
    const report = await doctor()
    expect(checkNamed(report, 'spark-submit')).toMatchObject({
      status: 'failed',
      found: 'the program no-such-spark-submit was not found.',
      remedy: expect.stringContaining('pip install pyspark'),
    })
    expect(report.statuses['Spark job']).toBe('ok')
    expect(report.status).toBe(1)
  })

  it.each(sparkEnvironments())(
    'finds Spark $version, its Java and its Python',
    async ({ version, sparkSubmit, env }) => {
      configure({ kind: 'spark', submit: sparkSubmit })
      const report = await doctor({ env })
      expect(checkNamed(report, 'spark-submit')).toMatchObject({
        status: 'ok',
        found: expect.stringMatching(new RegExp(`^Spark ${version.replace('.', '\\.')}\\.\\d+, Java \\d+`)),
      })
      expect(checkNamed(report, 'Python')).toMatchObject({ status: 'ok', found: expect.stringMatching(/^3\.\d+/) })
      expect(report.status).toBe(0)
    },
  )
})
