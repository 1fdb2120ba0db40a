// A lake on a real S3 server is refreshed by a stand-in of EMR with real Spark.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { EmrEngineSettings } from '../../../framework/declare/project.ts'
import type { Schedule } from '../../../framework/declare/runs/schedule.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { type LocalEmrOptions, machineSettings, startLocalEmr } from '../../support/emr/local-emr.ts'
import type { EmrStandIn } from '../../support/emr/stand-in/emr-stand-in.ts'
import { modes } from '../../support/lakes/test-run.ts'
import {
  type LakeResult,
  lake,
  type RunningLake,
  sharedDirectory,
  startLake,
  temporaryDirectory,
  writeFiles,
} from '../../support/programs/lake-process.ts'
import { document, eventsOf, finished, outcomes, started } from '../../support/programs/run-events.ts'
import { copyProject, edit } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { python, runPython } from '../../support/python/python.ts'
import { type S3Fault, startFaultProxy } from '../../support/s3/fault-proxy.ts'
import { upload } from '../../support/s3/upload.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'
import { service } from '../../support/shared/service.ts'
import { type DeltaSettings, deltaSpark, type ReadRows } from '../../support/spark/delta-spark.ts'
import { oneSpark, sparkEnvironments } from '../../support/spark/spark.ts'

const s3 = await sharedS3Server()
// Installing these takes longer than the limit of a test.
const sparks = sparkEnvironments()
const deltaSparks = s3 ? oneSpark('4.1').map(deltaSpark) : []
const delta = python()

const SHORT_WAITS = `--import ${new URL('../../support/emr/short-waits.mjs', import.meta.url)}`
const TABLES = ['song_data', 'log_data', 'songs', 'artists', 'users', 'time', 'songplays']
/** A release with Spark 4.1. The default release has 3.5. */
const NEWER = 'emr-spark-8.1.0'
const ON_SHARED_SPARK = { cluster: { kind: 'transient', release: NEWER }, onSharedSpark: true } as const

let bucket = ''
const cache = sharedDirectory()

interface Cloud {
  readonly emr: EmrStandIn
  /** `s3://bucket/prefix` of a new lake. */
  readonly uri: string
  readonly project: string
  /** Runs until it has printed `stopAt`, and is stopped there when this returns. */
  startUntil(stopAt: RegExp, ...args: readonly string[]): Promise<RunningLake>
  run(...args: readonly string[]): Promise<LakeResult>
  /** With the embedded engine. */
  embedded(...args: readonly string[]): Promise<LakeResult>
}

interface CloudOptions extends Partial<Omit<LocalEmrOptions, 'sparks' | 'sharedSpark'>> {
  /** `s3://bucket/prefix`. Default: that of all tests. */
  readonly input?: string
  readonly cluster?: EmrEngineSettings['cluster']
  readonly granularity?: EmrEngineSettings['granularity']
  /** The steps run on the Spark that all test files share. No step may be killed then. */
  readonly onSharedSpark?: boolean
}

/**
 * EMR on this machine, and a copy of the project with a profile `cloud` for it. Its profile
 * `embedded` is the same lake with the embedded engine. All of it is removed after the test.
 */
async function openCloud({
  cluster,
  granularity,
  input,
  onSharedSpark,
  ...options
}: CloudOptions = {}): Promise<Cloud> {
  if (!s3) throw new Error('there is no S3 server')
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

/** The states of all clusters, after those that are terminating have ended. */
async function clusterStates(emr: EmrStandIn): Promise<readonly string[]> {
  await emr.until(() => emr.clusters.every(({ state }) => state !== 'TERMINATING'))
  return emr.clusters.map(({ state }) => state)
}

const stepNames = (emr: EmrStandIn) => emr.steps().map(({ config }) => config.Name)
const stepStates = (emr: EmrStandIn) => emr.steps().map(({ state }) => state)

/** Built asset -> its state and version in `lake status`. */
async function standings({ run }: Cloud): Promise<Readonly<Record<string, string>>> {
  const status = await run('status', '--json')
  expect(status.status, status.stderr).toBe(0)
  const assets: readonly { key: string; state: string; version: number | null }[] = document(status).assets
  const built = assets.filter(({ version }) => version !== null)
  return Object.fromEntries(built.map(({ key, state, version }) => [key, `${state} ${version}`]))
}

async function verified({ run }: Cloud, ...selection: readonly string[]): Promise<readonly string[]> {
  const assets: readonly { result: string }[] = document(await run('verify', ...selection, '--json')).assets
  return [...new Set(assets.map(({ result }) => result))]
}

/** Files of steps that have ended. */
async function leftovers({ uri }: Cloud): Promise<readonly string[]> {
  const files = await openStorage(uri).list('_lake')
  const paths = files.map(({ path }) => path).filter((path) => /^_lake\/(spark|scratch)\//.test(path))
  return paths.filter((path) => !/^_lake\/spark\/(job|logs|intents)\//.test(path))
}

const isDone = (asset: string) => new RegExp(`"type":"step-finished".*"key":"${asset}"`)
const isPlaced = (asset: string) => new RegExp(`"type":"job-placed".*"name":"lake [^/]+/${asset}/`)
const isBegun = (asset: string) => new RegExp(`"type":"step-started".*"asset":"${asset}"`)

const inOrder = ({ rows }: ReadRows) => rows.map((row) => JSON.stringify(row)).sort()

describe.skipIf(!s3 || sparks.length === 0)('a lake on S3, refreshed by EMR', () => {
  beforeAll(async () => {
    if (!s3) return
    Object.assign(process.env, s3.env)
    bucket = await s3.bucket()
    const directory = sharedSimulation()
    await upload(directory, `s3://${bucket}/input`)
  })
  afterAll(() => s3?.stop())

  it('is built by one step on a cluster that is made for it, and every engine reads it alike', async () => {
    const cloud = await openCloud({ cluster: { kind: 'transient', release: NEWER } })
    const { emr, run, uri } = cloud
    const first = await run('materialize', '--json')
    expect(first.status, first.stderr).toBe(0)
    expect(new Set(Object.values(outcomes(first)))).toEqual(new Set(['materialized']))

    expect(await clusterStates(emr)).toEqual(['TERMINATED'])
    expect(emr.clusters[0]?.releaseLabel).toBe(NEWER)
    expect(stepNames(emr)).toEqual([`lake ${started(first).runId}/session/1`])
    expect(stepStates(emr)).toEqual(['COMPLETED'])
    for (const call of ['RunJobFlow', 'AddJobFlowSteps', 'TerminateJobFlows']) expect(emr.count(call)).toBe(1)
    const looks = emr.count('ListSteps') + emr.count('DescribeCluster')
    expect(emr.calls).toHaveLength(3 + looks)

    const calls = emr.calls.length
    const again = await run('materialize', '--json')
    expect(again.status, again.stderr).toBe(0)
    expect(started(again).engine).toBeNull()
    expect(emr.calls).toHaveLength(calls)
    expect(await standings(cloud)).toEqual(Object.fromEntries(TABLES.map((key) => [key, 'fresh 0'])))
    expect(await verified(cloud)).toEqual(['equal'])
    expect(await leftovers(cloud)).toEqual([])
    const logs = await openStorage(uri).list(`_lake/spark/logs/${emr.clusters[0]?.id}/steps/${emr.steps()[0]?.id}`)
    expect(logs.map(({ path }) => path.split('/').at(-1))).toContain('stderr.gz')

    const uris = TABLES.map((key) => `${uri}/${key}`)
    const read = readByDeltaRs(uris)
    expect(read.every(({ rows }) => rows.length > 0)).toBe(true)
    for (const openDelta of deltaSparks) {
      const delta = openDelta(onS3())
      onTestFinished(() => delta.close())
      const bySpark = await delta.read(uris)
      expect(bySpark.map(({ columns }) => columns)).toEqual(read.map(({ columns }) => columns))
      expect(bySpark.map(inOrder)).toEqual(read.map(inOrder))
    }
  })

  it('is built by one step for each asset on a cluster that stays up', async () => {
    const cloud = await openCloud({ cluster: { kind: 'running', name: 'ours' }, onSharedSpark: true })
    const { emr, run } = cloud
    emr.addCluster({ name: 'ours', releaseLabel: NEWER, stepConcurrencyLevel: 2 })
    const result = await run('materialize', 'songs', 'users', '--json')
    expect(result.status, result.stderr).toBe(0)
    const { runId } = started(result)
    const assets = ['log_data', 'song_data', 'songs', 'users']
    expect(stepNames(emr).toSorted()).toEqual(assets.map((asset) => `lake ${runId}/${asset}/1`))
    expect(new Set(stepStates(emr))).toEqual(new Set(['COMPLETED']))
    expect(await clusterStates(emr)).toEqual(['WAITING'])
    for (const call of ['RunJobFlow', 'TerminateJobFlows', 'CancelSteps']) expect(emr.count(call)).toBe(0)
    expect(await standings(cloud)).toEqual(Object.fromEntries(assets.map((asset) => [asset, 'fresh 0'])))
    expect(await verified(cloud, 'songs', 'users')).toEqual(['equal'])
    expect(await leftovers(cloud)).toEqual([])
  })

  it('follows late events by key if that is asked for, with the embedded engine taking turns', async () => {
    const input = openStorage(`s3://${bucket}/${crypto.randomUUID()}`)
    const plays = [playLine(), playLine({ ts: 1_542_837_407_800, itemInSession: 1 })]
    await input.put('song_data/a.json', songLine())
    await input.put('log_data/2018/11/a.json', plays.join('\n'))
    await input.put('log_data/2018/10/a.json', playLine({ ts: 1_540_000_000_000, sessionId: 2 }))
    const cloud = await openCloud({
      cluster: { kind: 'running', name: 'ours' },
      granularity: 'session',
      input: input.uri,
      onSharedSpark: true,
    })
    cloud.emr.addCluster({ name: 'ours', releaseLabel: NEWER })
    const right = async (result: LakeResult) => {
      expect(result.status, result.stderr).toBe(0)
      expect(await verified(cloud)).toEqual(['equal'])
      return modes({ events: eventsOf(result) })
    }
    await right(await cloud.run('materialize', '--json'))
    const late = { log_data: 'ingest', songplays: 'keys', time: 'keys', users: 'keys' }
    plays.push(playLine({ ts: 1_542_837_500_000, itemInSession: 2, level: 'free' }))
    await input.put('log_data/2018/11/a.json', plays.join('\n'))
    expect(await right(await cloud.run('materialize', '--follow', '--json'))).toEqual(late)
    plays.push(playLine({ ts: 1_542_837_600_000, itemInSession: 3 }))
    await input.put('log_data/2018/11/a.json', plays.join('\n'))
    expect(await right(await cloud.embedded('materialize', '--json'))).toEqual(late)
    expect(started(await cloud.run('materialize', '--json')).engine).toBeNull()
    expect(stepNames(cloud.emr)).toHaveLength(2)
    expect(await clusterStates(cloud.emr)).toEqual(['WAITING'])
  })

  it.each([
    { granularity: 'session', killedAt: isDone('song_data'), steps: ['session'] },
    { granularity: 'step', killedAt: isPlaced('songs'), steps: ['song_data', 'songs'] },
  ] as const)(
    'is finished by the next run after a run with granularity $granularity was killed, and no cluster is left',
    async ({ granularity, killedAt, steps }) => {
      const cloud = await openCloud({ granularity, ...ON_SHARED_SPARK })
      const { emr, run, startUntil } = cloud
      const killed = await startUntil(killedAt, 'materialize', 'songs', '--json')
      killed.process.kill('SIGKILL')
      await killed.ended
      const next = await run('materialize', 'songs', '--json')
      expect(next.status, next.stderr).toBe(0)
      expect(outcomes(next)).toEqual({ song_data: 'fresh', songs: 'materialized' })
      expect(eventsOf(next).filter(({ type }) => type === 'job-placed')).toMatchObject([{ takenUp: true }])
      expect(await standings(cloud)).toEqual({ song_data: 'fresh 0', songs: 'fresh 0' })
      expect(await verified(cloud, 'songs')).toEqual(['equal'])
      expect(new Set(await clusterStates(emr))).toEqual(new Set(['TERMINATED']))
      expect(await leftovers(cloud)).toEqual([])
      const { runId } = started(await killed.ended)
      expect(stepNames(emr)).toEqual(steps.map((scope) => `lake ${runId}/${scope}/1`))
    },
  )

  it('loses the cluster of a killed run in the next run, even if that has nothing to do, and keeps the cluster of a live run', async () => {
    const cloud = await openCloud()
    const { emr, run, startUntil, embedded } = cloud
    const built = await embedded('materialize', 'log_data')
    expect(built.status, built.stderr).toBe(0)
    const killed = await startUntil(isPlaced('session'), 'materialize', 'song_data', '--json')

    const beside = await run('materialize', 'log_data', '--json')
    expect(outcomes(beside)).toEqual({ log_data: 'fresh' })
    expect(eventsOf(beside).map(({ type }) => type)).toEqual(['run-started', 'run-finished'])
    expect(emr.count('TerminateJobFlows')).toBe(0)

    killed.process.kill('SIGKILL')
    const { runId } = started(await killed.ended)
    const next = await run('materialize', 'log_data', '--json')
    expect(outcomes(next)).toEqual({ log_data: 'fresh' })
    const [cluster] = emr.clusters
    const ended = { type: 'cluster-ended', cluster: `${cluster?.id} (lake ${runId})`, deadRun: runId }
    expect(eventsOf(next)).toMatchObject([{ type: 'run-started' }, ended, { type: 'run-finished' }])
    expect(await clusterStates(emr)).toEqual(['TERMINATED'])

    const resumed = await run('run', 'resume', runId, '--json')
    expect(resumed.status, resumed.stderr).toBe(0)
    expect(outcomes(resumed)).toEqual({ song_data: 'materialized' })
    expect(await clusterStates(emr)).toEqual(['TERMINATED', 'TERMINATED'])
    expect(await leftovers(cloud)).toEqual([])
  })

  it('is not changed by an interrupted run, and neither is the account', async () => {
    const cloud = await openCloud()
    const { emr, startUntil } = cloud
    const running = await startUntil(isBegun('songs'), 'materialize', 'songs', '--json')
    running.process.kill('SIGINT')
    running.goOn()
    const result = await running.ended
    expect(result.status, result.stderr).toBe(130)
    expect(outcomes(result)).toEqual({ song_data: 'materialized', songs: 'canceled' })
    expect(await clusterStates(emr)).toEqual(['TERMINATED'])
    expect(emr.steps().filter(({ endedAt }) => endedAt === undefined)).toEqual([])
    expect(await standings(cloud)).toEqual({ song_data: 'fresh 0' })
    expect(await leftovers(cloud)).toEqual([])
    expect(await openStorage(cloud.uri).list('songs')).toEqual([])
  })

  it('reports a Python error in the job with its cause, at once', async () => {
    const broken = temporaryDirectory()
    writeFiles(broken, { 'sitecustomize.py': "import sys\nsys.modules['lake_job.steps.ingest'] = None\n" })
    const cloud = await openCloud({ stepEnv: { PYTHONPATH: broken } })
    const result = await cloud.run('materialize', 'songs')
    expect(result.status).toBe(1)
    expect(result.stdout).toContain('ModuleNotFoundError: import of lake_job.steps.ingest halted')
    expect(await clusterStates(cloud.emr)).toEqual(['TERMINATED'])
    expect(await standings(cloud)).toEqual({})
  })

  it('reports a query that Spark refuses with its SQL and the file of the asset', async () => {
    const cloud = await openCloud(ON_SHARED_SPARK)
    edit(cloud.project, 'assets/songs.ts', ['query: ({ db })', 'query: ({ db, fn })'])
    edit(cloud.project, 'assets/songs.ts', [
      ", 'duration'])",
      "]).select(({ ref }) => fn.toDouble(ref('title')).as('duration'))",
    ])
    const result = await cloud.run('materialize', 'songs', '--json')
    expect(result.status).toBe(1)
    const failed = eventsOf(result).find((event) => event.type === 'step-finished' && event.error !== undefined)
    expect(failed).toMatchObject({ key: 'songs', error: { code: 'query-failed', asset: 'songs' } })
    const { message = '' } = (failed?.type === 'step-finished' && failed.error) || {}
    expect(message).toContain(join(cloud.project, 'assets', 'songs.ts'))
    expect(message).toContain('CAST_INVALID_INPUT')
    expect(message).toMatch(/The query was:\nselect/i)
    expect(await clusterStates(cloud.emr)).toEqual(['TERMINATED'])
    expect(await standings(cloud)).toEqual({ song_data: 'fresh 0' })
  })

  it('is built on a second cluster if the first is lost during the run', async () => {
    const cloud = await openCloud()
    const { emr, startUntil } = cloud
    const running = await startUntil(isBegun('songs'), 'materialize', 'songs', '--json')
    emr.lose(emr.clusters[0]?.id ?? '')
    running.goOn()
    const result = await running.ended
    expect(result.status, result.stderr).toBe(0)
    expect(outcomes(result)).toEqual({ song_data: 'materialized', songs: 'materialized' })
    const { runId } = started(result)
    expect(stepNames(emr)).toEqual([`lake ${runId}/session/1`, `lake ${runId}/session/2`])
    expect(await clusterStates(emr)).toEqual(['TERMINATED_WITH_ERRORS', 'TERMINATED'])
    expect(await standings(cloud)).toEqual({ song_data: 'fresh 0', songs: 'fresh 0' })
    expect(await verified(cloud, 'songs')).toEqual(['equal'])
    expect(await leftovers(cloud)).toEqual([])
  })

  it('is refreshed by a tick whose calls EMR throttles or loses, and whose cluster is lost, and by the next tick', async () => {
    // The cluster is lost before its step has come to the Spark.
    const cloud = await openCloud({
      ...ON_SHARED_SPARK,
      faults: [
        { call: 'RunJobFlow', nth: 1, fault: { kind: 'throttled' } },
        { call: 'RunJobFlow', nth: 2, fault: { kind: 'lost-response' } },
        { call: 'AddJobFlowSteps', nth: 1, fault: { kind: 'throttled' } },
        { call: 'AddJobFlowSteps', nth: 2, fault: { kind: 'lost-response' } },
        { call: 'ListSteps', nth: 2, fault: { kind: 'throttled' } },
        { call: 'AddJobFlowSteps', nth: 3, fault: { kind: 'cluster-lost' } },
      ],
    })
    const { emr } = cloud
    const tick = scheduled(cloud)
    const events = ['refresh-started', 'refresh-ended']
    expect(await tick()).toMatchObject({ status: 0, outcome: 'succeeded', ticks: 1, events })
    expect(await standings(cloud)).toEqual({ song_data: 'fresh 0' })
    expect(await tick()).toMatchObject({ status: 0, outcome: 'succeeded', ticks: 2, events })
    expect(await standings(cloud)).toEqual({ song_data: 'fresh 0' })
    expect(await clusterStates(emr)).toEqual(['TERMINATED', 'TERMINATED_WITH_ERRORS', 'TERMINATED'])
    expect(stepNames(emr)).toHaveLength(3)
    // The request whose answer was lost can still make a cluster, for which later runs look.
    expect(await leftovers(cloud)).toEqual([expect.stringMatching(/^_lake\/spark\/clusters\//)])
  })

  it('is left as it was by a tick that EMR gives no cluster, which is tried again as declared, and told once', async () => {
    const cloud = await openCloud({
      ...ON_SHARED_SPARK,
      faults: [
        { call: 'RunJobFlow', nth: 1, fault: { kind: 'no-capacity' } },
        { call: 'RunJobFlow', nth: 2, fault: { kind: 'no-capacity' } },
        { call: 'RunJobFlow', nth: 3, fault: { kind: 'refused', name: 'AccessDeniedException', message: 'no' } },
      ],
    })
    const tick = scheduled(cloud, { retries: { attempts: 2, delay: '1s' } })
    const [began, ended] = ['refresh-started', 'refresh-ended']
    expect(await tick()).toMatchObject({
      ...{ status: 1, outcome: 'failed', ticks: 1, events: [began, 'refresh-retried', ended] },
      message: expect.stringContaining('got no instances in time'),
    })
    expect(await tick()).toMatchObject({
      ...{ status: 1, outcome: 'failed', ticks: 2, events: [began, ended] },
      message: expect.stringContaining('could not be made: no.'),
    })
    expect(await standings(cloud)).toEqual({})
    expect(await tick()).toMatchObject({ status: 0, outcome: 'succeeded', ticks: 3, events: [began, ended] })
    expect(await standings(cloud)).toEqual({ song_data: 'fresh 0' })
    const lost = 'TERMINATED_WITH_ERRORS'
    expect(await clusterStates(cloud.emr)).toEqual([lost, lost, 'TERMINATED'])
    expect(await leftovers(cloud)).toEqual([])
  })

  it('is built even if answers of EMR are lost, S3 is overloaded and breaks connections, and logs are missing', async () => {
    const proxy = await startFaultProxy(s3?.endpoint ?? '')
    onTestFinished(() => proxy.close())
    const throughProxy = { endpoint: proxy.endpoint, env: { ...s3?.env, AWS_ENDPOINT_URL_S3: proxy.endpoint } }
    const cloud = await openCloud({
      s3: throughProxy,
      faults: [
        { call: 'RunJobFlow', nth: 1, fault: { kind: 'lost-response' } },
        { call: 'AddJobFlowSteps', fault: { kind: 'log-missing' } },
        { call: 'ListSteps', nth: 1, fault: { kind: 'error-500' } },
      ],
    })
    const { emr, startUntil } = cloud
    const disturb = () => {
      const slowDown: S3Fault = { kind: 'error', status: 503, code: 'SlowDown' }
      for (const method of ['GET', 'PUT', 'HEAD']) proxy.next(method, slowDown, slowDown)
      proxy.next('GET', { kind: 'broken-answer' })
      proxy.next('PUT', { kind: 'lost-answer' })
    }
    disturb()
    const running = await startUntil(isBegun('songs'), 'materialize', 'songs', '--json')
    disturb()
    running.goOn()
    const result = await running.ended
    expect(result.status, result.stderr).toBe(0)
    expect(finished(result).status).toBe('succeeded')
    expect(emr.count('RunJobFlow')).toBe(1)
    expect(stepNames(emr)).toEqual([`lake ${started(result).runId}/session/1`])
    expect(await clusterStates(emr)).toEqual(['TERMINATED'])
    expect(await standings(cloud)).toEqual({ song_data: 'fresh 0', songs: 'fresh 0' })
    expect(await verified(cloud, 'songs')).toEqual(['equal'])
    expect(await openStorage(cloud.uri).list('_lake/spark/logs')).toEqual([])
  })
})

/**
 * Declares a schedule that reads the song files in full. Returns a function that runs a tick of it
 * and tells what became of it.
 */
function scheduled({ run, project, uri }: Cloud, settings: Partial<Schedule> = {}) {
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

/** Source files for all tests. */
function sharedSimulation(): string {
  const directory = join(cache, 'input')
  const sizes = ['--songs', '40', '--events', '600', '--days', '6', '--seed', '5']
  const { status, stderr } = lake(['simulate', '--out', directory, ...sizes])
  expect(status, stderr).toBe(0)
  return directory
}

const onS3 = (): DeltaSettings => ({ conf: machineSettings(s3?.endpoint ?? ''), env: s3?.env ?? {} })

/** delta-rs finds S3 by variables of its own. */
function readByDeltaRs(uris: readonly string[]): readonly ReadRows[] {
  Object.assign(process.env, { AWS_ENDPOINT_URL: s3?.endpoint, AWS_ALLOW_HTTP: 'true' })
  const read = runPython(delta ?? '', 'read_delta.py', ['deltalake', ...uris])
  return (read as readonly { readonly deltalake: ReadRows }[]).map(({ deltalake }) => deltalake)
}
