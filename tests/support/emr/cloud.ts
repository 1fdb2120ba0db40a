/** A lake on S3 for EMR on this machine, and a copy of the project with a profile for it. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import type { EmrEngineSettings } from '../../../framework/declare/project.ts'
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import {
  type LakeResult,
  lake,
  type RunningLake,
  sharedDirectory,
  startLake,
  temporaryDirectory,
} from '../programs/lake-process.ts'
import { document } from '../programs/run-events.ts'
import { copyProject, edit } from '../projects/project-copy.ts'
import type { S3Server } from '../s3/s3-server.ts'
import { upload } from '../s3/upload.ts'
import { service } from '../shared/service.ts'
import type { SparkEnvironment } from '../spark/spark.ts'
import { type LocalEmrOptions, startLocalEmr } from './local-emr.ts'
import type { EmrStandIn } from './stand-in/emr-stand-in.ts'

const SHORT_WAITS = `--import ${new URL('short-waits.mjs', import.meta.url)}`
/** A release with Spark 4.1. The default release has 3.5. */
export const NEWER = 'emr-spark-8.1.0'
export const ON_SHARED_SPARK = { cluster: { kind: 'transient', release: NEWER }, onSharedSpark: true } as const

/** What the clouds of a test file share: S3, with source files at `input`, and real Sparks. */
export interface CloudSite {
  readonly s3: S3Server
  readonly sparks: readonly SparkEnvironment[]
  readonly bucket: string
  readonly cache: string
}

/**
 * Opens a site before the tests of a file, and stops its S3 server after them. `open` makes a cloud
 * in this site.
 */
export function sharedSite(s3: S3Server | undefined, sparks: readonly SparkEnvironment[]) {
  let site: CloudSite
  beforeAll(async () => {
    if (s3) site = await openSite(s3, sparks)
  })
  afterAll(() => s3?.stop())
  return { open: (options?: CloudOptions) => openCloud(site, options), bucket: () => site.bucket }
}

/** Simulates source files and uploads them to a new bucket. */
async function openSite(s3: S3Server, sparks: readonly SparkEnvironment[]): Promise<CloudSite> {
  Object.assign(process.env, s3.env)
  const cache = sharedDirectory()
  const bucket = await s3.bucket()
  await upload(simulation(cache), `s3://${bucket}/input`)
  return { s3, sparks, bucket, cache }
}

export interface Cloud {
  readonly emr: EmrStandIn
  /** The address of a new lake, such as `s3://bucket/prefix`. */
  readonly uri: string
  readonly project: string
  /** Runs the program until it has printed `stopAt`. The program then stands still. */
  startUntil(stopAt: RegExp, ...args: readonly string[]): Promise<RunningLake>
  run(...args: readonly string[]): Promise<LakeResult>
  /** Runs the program with the embedded engine. */
  embedded(...args: readonly string[]): Promise<LakeResult>
}

export interface CloudOptions extends Partial<Omit<LocalEmrOptions, 'sparks' | 'sharedSpark'>> {
  /** An address such as `s3://bucket/prefix`. Default: the source files that all tests read. */
  readonly input?: string
  readonly cluster?: EmrEngineSettings['cluster']
  readonly granularity?: EmrEngineSettings['granularity']
  /** Whether the steps run on the Spark that all test files share. If so, no step may be killed. */
  readonly onSharedSpark?: boolean
}

/**
 * EMR on this machine, and a copy of the project with a profile `cloud` for it. The profile
 * `embedded` has the same lake with the embedded engine. All of it is removed after the test.
 */
async function openCloud(
  { s3, sparks, bucket, cache }: CloudSite,
  { cluster, granularity, input, onSharedSpark, ...options }: CloudOptions = {},
): Promise<Cloud> {
  const [spark] = sparks.filter(({ version }) => version === '4.1')
  const sharedSpark = onSharedSpark && spark ? await service('spark', spark) : undefined
  const emr = await startLocalEmr({ sparks, s3, sharedSpark, ...options })
  onTestFinished(() => emr.close())
  const project = temporaryDirectory()
  copyProject(project)
  const uri = `s3://${bucket}/${crypto.randomUUID()}`
  const engine: EmrEngineSettings = { kind: 'emr', ...(cluster && { cluster }), ...(granularity && { granularity }) }
  const places = { lake: uri, input: input ?? `s3://${bucket}/input` }
  const profiles = `cloud: ${JSON.stringify({ ...places, engine })},\n    embedded: ${JSON.stringify(places)},`
  edit(project, 'config/lake.config.ts', ['profiles: {', `profiles: {\n    ${profiles}`])
  const s3Env = options.s3?.env ?? s3.env
  const env = { ...s3Env, AWS_ENDPOINT_URL_EMR: emr.url, XDG_CACHE_HOME: cache, NODE_OPTIONS: SHORT_WAITS }
  const startAs = (profile: string, args: readonly string[], stopAt?: RegExp) =>
    startLake(['--profile', profile, ...args], { cwd: project, env, ...(stopAt && { stopAt }) })
  return {
    ...{ emr, uri, project },
    startUntil: async (stopAt, ...args) => {
      const running = startAs('cloud', args, stopAt)
      await running.printed(stopAt)
      return running
    },
    run: (...args) => startAs('cloud', args).ended,
    embedded: (...args) => startAs('embedded', args).ended,
  }
}

/** The states of all clusters, once those that are terminating have ended. */
export async function clusterStates(emr: EmrStandIn): Promise<readonly string[]> {
  await emr.until(() => emr.clusters.every(({ state }) => state !== 'TERMINATING'))
  return emr.clusters.map(({ state }) => state)
}

export const stepNames = (emr: EmrStandIn) => emr.steps().map(({ config }) => config.Name)
export const stepStates = (emr: EmrStandIn) => emr.steps().map(({ state }) => state)

/** Maps each built asset to its state and version in `lake status`. */
export async function standings({ run }: Cloud): Promise<Readonly<Record<string, string>>> {
  const status = await run('status', '--json')
  expect(status.status, status.stderr).toBe(0)
  const assets: readonly { key: string; state: string; version: number | null }[] = document(status).assets
  const built = assets.filter(({ version }) => version !== null)
  return Object.fromEntries(built.map(({ key, state, version }) => [key, `${state} ${version}`]))
}

export async function verified({ run }: Cloud, ...selection: readonly string[]): Promise<readonly string[]> {
  const assets: readonly { result: string }[] = document(await run('verify', ...selection, '--json')).assets
  return [...new Set(assets.map(({ result }) => result))]
}

/**
 * The files that Spark and runs have left in the lake, without the files that lake stores on
 * purpose.
 */
export async function leftovers({ uri }: Cloud): Promise<readonly string[]> {
  const files = await openStorage(uri).list('_lake')
  const paths = files.map(({ path }) => path).filter((path) => /^_lake\/(spark|scratch)\//.test(path))
  return paths.filter((path) => !/^_lake\/spark\/(job|logs|intents)\//.test(path))
}

export const isDone = (asset: string) => new RegExp(`"type":"step-finished".*"key":"${asset}"`)
export const isPlaced = (asset: string) => new RegExp(`"type":"job-placed".*"name":"lake [^/]+/${asset}/`)
export const isBegun = (asset: string) => new RegExp(`"type":"step-started".*"asset":"${asset}"`)

/**
 * Declares a schedule that reads all song files again. Returns a function that runs a tick of the
 * schedule and returns its outcome.
 */
export function scheduled({ run, project, uri }: Cloud, settings: Partial<Schedule> = {}) {
  const schedule: Schedule = { name: 'songs', every: '1h', selection: ['song_data'], full: true, ...settings }
  edit(project, 'config/lake.config.ts', ['schedules: [', `schedules: [${JSON.stringify(schedule)},`])
  return async () => {
    const { status, stdout, stderr } = await run('schedule', 'run', 'songs', '--once', '--json')
    const events: readonly { type: string }[] = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text))
    const { schedules } = document(await run('schedule', 'list', '--json'))
    const { outcome, message } = schedules[0].last
    const documents = await openStorage(uri).names('_lake/schedules/songs')
    const ticks = documents.filter((name) => name.endsWith('.ended.json')).length
    return { ...{ status, stderr, outcome, message, ticks }, events: events.map(({ type }) => type) }
  }
}

function simulation(cache: string): string {
  const directory = join(cache, 'input')
  const sizes = ['--songs', '40', '--events', '600', '--days', '6', '--seed', '5']
  const { status, stderr } = lake(['simulate', '--out', directory, ...sizes])
  expect(status, stderr).toBe(0)
  return directory
}
