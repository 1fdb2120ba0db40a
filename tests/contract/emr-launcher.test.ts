import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EmrSettings } from '../../framework/declare/emr.ts'
import type { EngineNotice } from '../../framework/engine/external-resources.ts'
import { DriverPool } from '../../framework/engines/spark/driver/driver-pool.ts'
import {
  adopt,
  type ClusterOwners,
  lakeClusterOwners,
} from '../../framework/engines/spark/emr/clusters/cluster-owners.ts'
import { clusterReaper } from '../../framework/engines/spark/emr/clusters/cluster-reaper.ts'
import { lakeIntents } from '../../framework/engines/spark/emr/clusters/intents.ts'
import { emrLauncher } from '../../framework/engines/spark/emr/emr-launcher.ts'
import { stepLogTail } from '../../framework/engines/spark/emr/steps/step-log.ts'
import type { JobEnd, Launcher, RunningJob } from '../../framework/engines/spark/launch/launcher.ts'
import { hadoopUris } from '../../framework/engines/spark/protocol/hadoop-uris.ts'
import type { JobSpec } from '../../framework/engines/spark/protocol/job-spec.ts'
import { reapDeadRuns } from '../../framework/execute/reap-dead-runs.ts'
import { localStorage } from '../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../framework/storage/storage.ts'
import { type EmrStandIn, type StandInOptions, startEmrStandIn } from '../support/emr/emr-stand-in.ts'
import type { Fault, PlannedFault } from '../support/emr/faults.ts'
import { quickClock } from '../support/emr/quick-clock.ts'

const quick = quickClock(1000)
/** Beside its seconds, what a call takes counts for little. */
const precise = quickClock(150)
const SUBMISSION = {
  name: 'lake 20261129T081500000Z-00000a/songs/1',
  arguments: ['--spec', 's3://lake/_lake/spark/spec.json'],
}

const COMMANDS: Readonly<Record<string, string>> = {
  succeed: 'exit 0',
  fail: 'echo "Traceback: no such column"; echo "py4j error: exit 1" >&2; exit 1',
  'fail-quietly': 'exit 1',
  run: 'exec sleep 60',
  'await-go': 'while [ ! -e "$DIRECTORY/go" ]; do sleep 0.2; done',
  'stand-firm': 'trap "" TERM; echo ready; while true; do sleep 0.2; done',
}

let directory: string
let standIn: EmrStandIn
let launchers: Launcher[]
let notices: EngineNotice[]
let clock = quick

interface Wanted extends Partial<Omit<StandInOptions, 'runStep'>> {
  /** What every step does. */
  readonly step?: keyof typeof COMMANDS
}

async function start({ step = 'succeed', ...options }: Wanted = {}): Promise<EmrStandIn> {
  const env = { DIRECTORY: directory }
  const runStep = () => ({ command: '/bin/sh', args: ['-c', COMMANDS[step] ?? ''], env })
  standIn = await startEmrStandIn({ now: clock.now, logs: join(directory, 'logs'), ...options, runStep })
  process.env.AWS_ENDPOINT_URL_EMR = standIn.url
  return standIn
}

/** `leftRuns` are dead runs whose clusters are this run's. */
function launch(
  settings: EmrSettings = {},
  runId = '20261129T081500000Z-00000a',
  leftRuns: readonly string[] = [],
): Launcher {
  const launcher = emrLauncher(settings, {
    ...{ runId, leftRuns, clock, notes: notes(), notify: (notice) => void notices.push(notice) },
    lakeUri: 's3://lake/sparkify',
    job: { main: 's3://lake/_lake/spark/job/h/main.py', pyFiles: [] },
    intents: lakeIntents(localStorage(directory)),
  })
  launchers.push(launcher)
  return launcher
}

const notes = (): ClusterOwners => lakeClusterOwners(localStorage(directory))
const costs = () => notices.flatMap((notice) => (notice.type === 'cost-estimated' ? [notice.cost] : []))

const running = (clusterId: string): EmrSettings => ({ cluster: { kind: 'running', clusterId } })
/** Its steps have time to heed an interrupt, however slow the machine. */
const patient = (clusterId: string): EmrSettings => ({ ...running(clusterId), cancelSeconds: 36_000 })
const fault = (call: string, kind: Fault, nth?: number) => [{ call, fault: kind, ...(nth !== undefined && { nth }) }]
const message = (end: JobEnd) => (end.kind === 'completed' ? '' : end.message)

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lake-emr-'))
  launchers = []
  notices = []
  clock = quick
  process.env.AWS_ACCESS_KEY_ID = 'test'
  process.env.AWS_SECRET_ACCESS_KEY = 'test'
  process.env.AWS_REGION = 'eu-central-1'
})

afterEach(async () => {
  await Promise.allSettled(launchers.map((launcher) => launcher.close()))
  await standIn.close()
  rmSync(directory, { recursive: true })
})

/** The states of all clusters, when those that are terminating have ended. */
async function clusterStates(): Promise<readonly string[]> {
  await standIn.until(() => standIn.clusters.every(({ state }) => state !== 'TERMINATING'))
  return standIn.clusters.map(({ state }) => state)
}

async function ended(job: Promise<RunningJob>): Promise<JobEnd> {
  return (await job).ended
}

describe('a transient cluster', () => {
  it('is made with the first step, named and tagged for its run, and terminated when the run ends', async () => {
    await start()
    const launcher = launch()
    expect(standIn.calls).toEqual([])
    const job = await launcher.submit(SUBMISSION)
    expect(await job.ended).toEqual({ kind: 'completed' })
    const [cluster] = standIn.clusters
    expect(job.where).toBe(
      `step ${standIn.steps()[0]?.id} on cluster ${cluster?.id}, ` +
        `https://eu-central-1.console.aws.amazon.com/emr/home?region=eu-central-1#/clusterDetails/${cluster?.id}`,
    )
    expect(cluster?.name).toBe('lake 20261129T081500000Z-00000a')
    expect(cluster?.tags).toContainEqual({ Key: 'lake:run', Value: '20261129T081500000Z-00000a' })
    await launcher.close()
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('is not made where nothing is submitted', async () => {
    await start()
    await launch().close()
    expect(standIn.calls).toEqual([])
  })

  it('runs the job by spark-submit in client mode, and goes on after a step that failed', async () => {
    await start()
    await ended(launch({ sparkConf: { 'spark.sql.ansi.enabled': 'true' } }).submit(SUBMISSION))
    const [step] = standIn.steps()
    expect(step?.config).toEqual({
      Name: 'lake 20261129T081500000Z-00000a/songs/1',
      ActionOnFailure: 'CONTINUE',
      HadoopJarStep: {
        Jar: 'command-runner.jar',
        Args: [
          ...['spark-submit', '--deploy-mode', 'client', '--conf', 'spark.sql.ansi.enabled=true'],
          ...['s3://lake/_lake/spark/job/h/main.py', '--spec', 's3://lake/_lake/spark/spec.json'],
        ],
      },
    })
  })

  it('is made once though the answer to RunJobFlow is lost', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'lost-response' }, 1) })
    const launcher = launch()
    expect(await ended(launcher.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    await launcher.close()
    expect(standIn.count('RunJobFlow')).toBe(1)
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('is made again where RunJobFlow failed and had no effect', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'error-500' }, 1) })
    const launcher = launch()
    expect(await ended(launcher.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    expect(standIn.count('RunJobFlow')).toBe(2)
    expect(standIn.clusters).toHaveLength(1)
  })

  it('is terminated where the answer to RunJobFlow is lost and no list tells of it before the run ends', async () => {
    await start({
      faults: [...fault('RunJobFlow', { kind: 'lost-response' }, 1), ...failingLists(1, 2, 3, 4, 5, 6, 7, 8, 9)],
    })
    const launcher = launch()
    await expect(launcher.submit(SUBMISSION)).rejects.toThrow('the clusters cannot be listed')
    await launcher.close()
    expect(standIn.count('RunJobFlow')).toBe(1)
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('that comes up after a second one was made is terminated with it', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'held-back' }, 1) })
    const launcher = launch()
    expect(await ended(launcher.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    standIn.letGo()
    await launcher.close()
    expect(await clusterStates()).toEqual(['TERMINATED', 'TERMINATED'])
  })

  it('is terminated though the others of its run cannot be looked for, which is told', async () => {
    const refused = { kind: 'refused', name: 'AccessDeniedException', message: 'User: x is not authorized' } as const
    await start({
      faults: [
        ...fault('RunJobFlow', { kind: 'held-back' }, 1),
        ...Array.from({ length: 20 }, (_, nth) => fault('ListClusters', refused, nth + 3)).flat(),
      ],
    })
    const launcher = launch()
    await ended(launcher.submit(SUBMISSION))
    await expect(launcher.close()).rejects.toThrow('the clusters cannot be listed')
    expect(await clusterStates()).toEqual(['TERMINATED'])
    expect(await notes().all()).toEqual([{ maker: '20261129T081500000Z-00000a', holder: '20261129T081500000Z-00000a' }])
  })

  it('is terminated with its steps where the run is interrupted', async () => {
    await start({ step: 'run' })
    const launcher = launch()
    const job = await launcher.submit(SUBMISSION)
    await standIn.until(() => standIn.steps()[0]?.state === 'RUNNING')
    await launcher.close()
    expect((await job.ended).kind).toBe('canceled')
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('is terminated where its step failed', async () => {
    await start({ step: 'fail' })
    const launcher = launch()
    expect((await ended(launcher.submit(SUBMISSION))).kind).toBe('failed')
    await launcher.close()
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('is terminated though the calls for it are throttled and fail at first', async () => {
    await start({
      faults: [
        ...fault('TerminateJobFlows', { kind: 'throttled' }, 1),
        ...fault('TerminateJobFlows', { kind: 'error-500' }, 2),
        ...fault('TerminateJobFlows', { kind: 'lost-response' }, 3),
      ],
    })
    const launcher = launch()
    await ended(launcher.submit(SUBMISSION))
    await launcher.close()
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('that cannot be terminated is named with what the run has cost, and with each other one', async () => {
    await start({ step: 'run' })
    const launcher = launch({ cluster: { kind: 'transient' }, prices: { 'm5.xlarge': 60 } })
    await launcher.submit(SUBMISSION)
    for (const cluster of standIn.clusters) cluster.terminationProtected = true
    const failure = await launcher.close().catch(String)
    expect(failure).toContain('the cluster j-0000000000001 could not be terminated and may still cost money')
    expect(failure).toMatch(/So far the run has cost about \$[\d.]+ \(estimate/)
    expect(await notes().all()).toEqual([{ maker: '20261129T081500000Z-00000a', holder: '20261129T081500000Z-00000a' }])
  })

  it('that was protected meanwhile stays, and the run says so', async () => {
    await start()
    const launcher = launch()
    await ended(launcher.submit(SUBMISSION))
    for (const cluster of standIn.clusters) cluster.terminationProtected = true
    await expect(launcher.close()).rejects.toThrow(
      /could not be terminated and may still cost money: .*--no-termination-protected/,
    )
  })

  it('ends by itself when it is idle for as long as its policy says', async () => {
    await start({ delays: { second: 1 } })
    await ended(launch({ cluster: { kind: 'transient', idleTimeoutSeconds: 60 } }).submit(SUBMISSION))
    await standIn.until(() => standIn.clusters[0]?.state === 'TERMINATED')
    expect(standIn.count('TerminateJobFlows')).toBe(0)
  })

  it('whose bootstrap action fails fails the step with the reason, and is not made again', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'bootstrap-failure' }) })
    const launcher = launch()
    const end = await ended(launcher.submit(SUBMISSION))
    expect(end.kind).toBe('failed')
    expect(message(end)).toContain(
      'bootstrap action 1 returned a non-zero return code. The log of the bootstrap action',
    )
    await expect(launcher.submit({ ...SUBMISSION, name: 'lake 20261129T081500000Z-00000a/songs/2' })).rejects.toThrow(
      'bootstrap action 1',
    )
    expect(standIn.count('RunJobFlow')).toBe(1)
    expect(await clusterStates()).toEqual(['TERMINATED_WITH_ERRORS'])
  })

  it('that gets no instances fails the step with what to do', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'no-capacity' }) })
    const end = await ended(launch().submit(SUBMISSION))
    expect(message(end)).toMatch(/CORE got no instances in time. Name more instance types in `core.types`/)
  })

  it.each([
    [
      'AccessDeniedException',
      'User: x is not authorized to perform: elasticmapreduce:RunJobFlow',
      'Allow that elasticmapreduce action',
    ],
    ['ValidationException', 'ServiceRole: EMR_DefaultRole is invalid.', 'aws emr create-default-roles'],
    ['ValidationException', 'The supplied release label is invalid: emr-9.', 'aws emr list-release-labels'],
    ['AccessDeniedException', 'User: x is not authorized to perform: iam:PassRole', 'Allow iam:PassRole'],
    ['ExpiredTokenException', 'The security token included in the request is expired', 'aws sso login'],
  ])('that is refused with %s (%s) says what to do', async (name, text, remedy) => {
    await start({ faults: fault('RunJobFlow', { kind: 'refused', name, message: text }) })
    const failure = await launch().submit(SUBMISSION).catch(String)
    expect(failure).toContain(`the cluster lake 20261129T081500000Z-00000a could not be made: ${text}`)
    expect(failure).toContain(remedy)
    expect(standIn.count('RunJobFlow')).toBe(1)
  })
})

describe('a lost cluster', () => {
  it('ends its step as lost, and the next attempt runs on a new cluster', async () => {
    await start({ faults: fault('AddJobFlowSteps', { kind: 'cluster-lost' }, 1) })
    const launcher = launch()
    const end = await ended(launcher.submit(SUBMISSION))
    expect(end.kind).toBe('lost')
    expect(message(end)).toMatch(
      /step s-\d+ \(lake 20261129T081500000Z-00000a\/songs\/1\) on the cluster j-\d+ \(lake 20261129T081500000Z-00000a\) did not end: .*The master failed/,
    )
    expect(await ended(launcher.submit({ ...SUBMISSION, name: 'lake 20261129T081500000Z-00000a/songs/2' }))).toEqual({
      kind: 'completed',
    })
    expect(standIn.clusters.map(({ name }) => name)).toEqual([
      'lake 20261129T081500000Z-00000a',
      'lake 20261129T081500000Z-00000a/2',
    ])
    await launcher.close()
    expect(await clusterStates()).toEqual(['TERMINATED_WITH_ERRORS', 'TERMINATED'])
  })

  it('is replaced no more often than the config allows', async () => {
    await start({ faults: fault('AddJobFlowSteps', { kind: 'cluster-lost' }) })
    const launcher = launch({ cluster: { kind: 'transient', attempts: 2 } })
    for (const attempt of [1, 2]) {
      expect(
        (await ended(launcher.submit({ ...SUBMISSION, name: `lake 20261129T081500000Z-00000a/songs/${attempt}` })))
          .kind,
      ).toBe('lost')
    }
    await expect(launcher.submit({ ...SUBMISSION, name: 'lake 20261129T081500000Z-00000a/songs/3' })).rejects.toThrow(
      'the run has lost 2 of the 2 clusters that it may use (`attempts`)',
    )
  })

  it('that is found out when a step is given to it is replaced too', async () => {
    await start()
    const launcher = launch()
    await ended(launcher.submit(SUBMISSION))
    standIn.lose(standIn.clusters[0]?.id ?? '')
    expect(await ended(launcher.submit({ ...SUBMISSION, name: 'lake 20261129T081500000Z-00000a/users/1' }))).toEqual({
      kind: 'completed',
    })
    expect(standIn.clusters).toHaveLength(2)
    expect(await ended(launch().submit({ ...SUBMISSION, name: 'lake 20261129T081500000Z-00000a/users/1' }))).toEqual({
      kind: 'completed',
    })
    expect(standIn.steps()).toHaveLength(2)
  })
})

describe('the steps of a run', () => {
  const SPEC = { kind: 'fingerprint', files: [] } as unknown as JobSpec

  function jobsOf(launcher: Launcher): DriverPool {
    return new DriverPool(launcher, {
      ...{ lake: localStorage(directory), uris: hadoopUris('s3'), attempts: 2, granularity: 'session' },
      run: { runId: 'R', deadRuns: [], notify: (notice) => void notices.push(notice) },
    })
  }

  it('that were lost with their cluster are told of once, with the cause, when they are tried again', async () => {
    await start({ faults: fault('AddJobFlowSteps', { kind: 'cluster-lost' }, 1) })
    const jobs = jobsOf(launch())
    const { signal } = new AbortController()
    const runs = ['songs', 'users'].map((asset) => jobs.run(asset, SPEC, signal).catch(String))
    const [end] = await Promise.all(runs)
    const told = notices.flatMap((notice) => (notice.type === 'run-warned' ? [notice.message] : []))
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(/^a Spark driver was lost: .*instance i-0 was terminated[\s\S]*done once more/)
    // The second driver ends at once, and leaves nothing.
    expect(end).toMatch(
      /ended without a result\. Its log is in s3:\/\/lake\/sparkify\/_lake\/spark\/logs\/j-\d+\/steps\/s-\d+\/ ,/,
    )
    await jobs.close()
  })

  it('that may not be looked at are waited for, which is told once, and are not cancelled when they were told to end', async () => {
    const refused = { kind: 'refused', name: 'AccessDeniedException', message: 'User: x is not authorized' } as const
    await start({ step: 'run', faults: fault('ListSteps', refused) })
    const launcher = launch()
    const job = await launcher.submit(SUBMISSION)
    await standIn.until(() => standIn.count('ListSteps') > 3)
    job.expectEnd()
    await job.cancel()
    expect(cancellations()).toEqual([])
    const told = notices.flatMap((notice) => (notice.type === 'run-warned' ? [notice.message] : []))
    expect(told).toHaveLength(1)
    expect(told[0]).toMatch(/may not be looked at: User: x is not authorized\. .*results are waited for all the same/i)
    await launcher.close()
  })
})

describe('a running cluster', () => {
  it('is found by its name on the second page of clusters, and left as it is', async () => {
    await start()
    standIn.addCluster({ name: 'etl' })
    for (let index = 0; index < 60; index++) standIn.addCluster({ name: `other ${index}` })
    const launcher = launch({ cluster: { kind: 'running', name: 'etl' } })
    expect(await ended(launcher.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    await launcher.close()
    expect(standIn.clusters[0]?.steps).toHaveLength(1)
    expect(standIn.clusters[0]?.state).toBe('WAITING')
    expect(standIn.count('TerminateJobFlows')).toBe(0)
  })

  it('is found by a tag', async () => {
    await start()
    standIn.addCluster({ name: 'a' })
    const { id } = standIn.addCluster({ name: 'b', tags: [{ Key: 'team', Value: 'data' }] })
    const job = await launch({ cluster: { kind: 'running', tag: { key: 'team', value: 'data' } } }).submit(SUBMISSION)
    expect(job.where).toContain(id)
  })

  it('must be the only one of its name', async () => {
    await start()
    const ids = [standIn.addCluster({ name: 'etl' }).id, standIn.addCluster({ name: 'etl' }).id]
    const launcher = launch({ cluster: { kind: 'running', name: 'etl' } })
    await expect(launcher.submit(SUBMISSION)).rejects.toThrow(
      `are up: ${ids.toReversed().join(', ')}. Give the clusterId`,
    )
  })

  it('that is not there, or is terminated, is named with its reason', async () => {
    await start()
    const { id } = standIn.addCluster()
    standIn.lose(id)
    await expect(launch(running('j-NONE')).submit(SUBMISSION)).rejects.toThrow(/j-NONE cannot be looked at.*not valid/)
    await expect(launch(running(id)).submit(SUBMISSION)).rejects.toThrow('Instance i-0 was terminated')
  })

  it('that is lost in mid-step ends the step as lost', async () => {
    await start({ step: 'run' })
    const { id } = standIn.addCluster()
    const job = await launch(running(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.steps()[0]?.state === 'RUNNING')
    standIn.lose(id)
    expect((await job.ended).kind).toBe('lost')
  })
})

describe('a step', () => {
  it('is there once though the answer to AddJobFlowSteps is lost', async () => {
    await start({ faults: fault('AddJobFlowSteps', { kind: 'lost-response' }, 1) })
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
    expect(standIn.count('AddJobFlowSteps')).toBe(1)
    expect(standIn.steps()).toHaveLength(1)
  })

  it('is found behind the fiftieth though the answer is lost', async () => {
    await start({ faults: fault('AddJobFlowSteps', { kind: 'lost-response' }, 61), step: 'run' })
    const { id } = standIn.addCluster()
    const launcher = launch(running(id))
    for (let index = 0; index < 60; index++)
      await launcher.submit({ ...SUBMISSION, name: `lake 20261129T081500000Z-00000a/a${index}/1` })
    await launcher.submit(SUBMISSION)
    expect(standIn.steps()).toHaveLength(61)
  })

  it('is submitted again after throttling and failures of the service', async () => {
    await start({
      faults: [
        ...fault('AddJobFlowSteps', { kind: 'throttled' }, 1),
        ...fault('AddJobFlowSteps', { kind: 'error-500' }, 2),
      ],
    })
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
    expect(standIn.count('AddJobFlowSteps')).toBe(3)
    expect(standIn.steps()).toHaveLength(1)
  })

  it('is waited for though polls are throttled, fail and are lost', async () => {
    const kinds: readonly Fault[] = [{ kind: 'throttled' }, { kind: 'error-500' }, { kind: 'lost-response' }]
    const faults = ['ListSteps', 'DescribeCluster'].flatMap((call) =>
      kinds.flatMap((kind, index) => fault(call, kind, index + 1)),
    )
    await start({ faults })
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
  })

  it('in a state that is not known has not ended', async () => {
    await start({ step: 'run', faults: fault('ListSteps', { kind: 'unknown-state' }) })
    const job = await launch().submit(SUBMISSION)
    const isOver = watchEnd(job)
    await standIn.until(() => standIn.count('ListSteps') > 5)
    expect(isOver()).toBe(false)
    await job.cancel()
    expect((await job.ended).kind).toBe('canceled')
  })

  it('that EMR interrupts is lost', async () => {
    await start({ step: 'run', faults: fault('AddJobFlowSteps', { kind: 'step-interrupted' }) })
    const end = await ended(launch().submit(SUBMISSION))
    expect(end.kind).toBe('lost')
    expect(message(end)).toContain('was interrupted by EMR')
  })

  it('that fails tells what EMR knows of it, and its log', async () => {
    await start({ step: 'fail' })
    const end = await ended(launch().submit(SUBMISSION))
    expect(end.kind).toBe('failed')
    expect(message(end)).toContain(
      'Application error: py4j error: exit 1. Its log is s3://lake/sparkify/_lake/spark/logs/j-',
    )
    const [step] = standIn.steps()
    const tail = await stepLogTail(localStorage(join(directory, 'logs')), standIn.clusters[0]?.id ?? '', step?.id ?? '')
    expect(tail.map(({ lines }) => lines)).toEqual([['Traceback: no such column'], ['py4j error: exit 1']])
  })

  it('that fails before EMR has details is failed at once', async () => {
    await start({ step: 'fail', faults: fault('AddJobFlowSteps', { kind: 'late-failure-details', answers: 9 }) })
    const end = await ended(launch().submit(SUBMISSION))
    expect(end.kind).toBe('failed')
    expect(message(end)).toContain('EMR gives no reason yet')
  })

  it('has the same end where its log is missing', async () => {
    await start({ faults: fault('AddJobFlowSteps', { kind: 'log-missing' }) })
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
    const logs = localStorage(join(directory, 'logs'))
    expect(await stepLogTail(logs, standIn.clusters[0]?.id ?? '', standIn.steps()[0]?.id ?? '')).toEqual([])
  })

  it('that somebody cancels is canceled, not done', async () => {
    await start({ step: 'run' })
    const { id } = standIn.addCluster()
    const job = await launch(running(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.steps()[0]?.state === 'RUNNING')
    const others = launch(running(id))
    const same = await others.submit(SUBMISSION)
    await same.cancel()
    const end = await job.ended
    expect(end.kind).toBe('canceled')
    expect(message(end)).toContain('though not by this run')
  })

  it('is refused where it would be longer than EMR takes', async () => {
    await start()
    const sparkConf = { 'spark.long': 'x'.repeat(10_240) }
    await expect(launch({ sparkConf }).submit(SUBMISSION)).rejects.toThrow(
      /would be 10\d+ characters long, and EMR takes 10240/,
    )
    expect(standIn.calls).toEqual([])
  })
})

describe('a cancelled step', () => {
  it('is interrupted', async () => {
    await start({ step: 'run' })
    const { id } = standIn.addCluster()
    const job = await launch(patient(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.steps()[0]?.state === 'RUNNING')
    await job.cancel()
    expect((await job.ended).kind).toBe('canceled')
    expect(cancellations()).toEqual(['SEND_INTERRUPT'])
  })

  it('is killed where it does not heed the interrupt', async () => {
    await start({ step: 'stand-firm' })
    const { id } = standIn.addCluster()
    const job = await launch(running(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.steps()[0]?.stdout === 'ready\n')
    await job.cancel()
    expect((await job.ended).kind).toBe('canceled')
    expect(standIn.steps()[0]?.process?.signalCode).toBe('SIGKILL')
  })

  it('is killed where EMR loses the interrupt', async () => {
    await start({ step: 'run', faults: fault('CancelSteps', { kind: 'ignored' }, 1) })
    const { id } = standIn.addCluster()
    const job = await launch(running(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.steps()[0]?.state === 'RUNNING')
    await job.cancel()
    expect((await job.ended).kind).toBe('canceled')
    expect(cancellations().slice(0, 2)).toEqual(['SEND_INTERRUPT', 'TERMINATE_PROCESS'])
  })

  it('is cancelled by the end of the run, with those that have not begun', async () => {
    await start({ step: 'run' })
    const { id } = standIn.addCluster()
    const launcher = launch(patient(id))
    const jobs = [
      await launcher.submit(SUBMISSION),
      await launcher.submit({ ...SUBMISSION, name: 'lake 20261129T081500000Z-00000a/users/1' }),
    ]
    await launcher.close()
    expect((await Promise.all(jobs.map((job) => job.ended))).map(({ kind }) => kind)).toEqual(['canceled', 'canceled'])
    expect(standIn.steps().map(({ state }) => state)).toEqual(['CANCELLED', 'CANCELLED'])
    expect(standIn.clusters[0]?.state).toBe('WAITING')
    await expect(launcher.submit({ ...SUBMISSION, name: 'lake 20261129T081500000Z-00000a/time/1' })).rejects.toThrow(
      'the run is ending',
    )
  })
})

describe('a later process', () => {
  it('takes up the step that a killed one left running, and terminates its cluster', async () => {
    await start({ step: 'run' })
    const killed = await submitAndKill()
    expect(killed.signalCode).toBe('SIGKILL')
    const launcher = launch()
    const job = await launcher.submit(SUBMISSION)
    const [step] = standIn.steps()
    expect(job.found).toBe(true)
    expect(job.where).toContain(`step ${step?.id} `)
    step?.process?.kill('SIGKILL')
    expect((await job.ended).kind).toBe('failed')
    await launcher.close()
    expect(standIn.steps()).toHaveLength(1)
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('takes the end of a step that ended meanwhile, though it is a run of another name', async () => {
    await start()
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
    const later = launch({}, 'LATER')
    expect(await ended(later.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    expect(standIn.steps()).toHaveLength(1)
    await later.close()
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('submits the step anew where EMR has forgotten the cluster that an earlier one gave it to', async () => {
    await start()
    await lakeIntents(localStorage(directory)).record(SUBMISSION.name, { clusterId: 'j-FORGOTTEN', ours: true })
    const launcher = launch({}, 'LATER')
    const job = await launcher.submit(SUBMISSION)
    expect(job.found).toBe(false)
    expect(await job.ended).toEqual({ kind: 'completed' })
    await launcher.close()
    expect(standIn.steps()).toHaveLength(1)
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('terminates the cluster that an earlier one of the run left, though it submits nothing', async () => {
    await start()
    await ended(launch().submit(SUBMISSION))
    await launch().close()
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('finds the cluster of an earlier one that never heard of it', async () => {
    await start({
      faults: [...fault('RunJobFlow', { kind: 'lost-response' }, 1), ...failingLists(1, 2, 3, 4, 5, 6, 7, 8, 9)],
    })
    await expect(launch().submit(SUBMISSION)).rejects.toThrow('the clusters cannot be listed')
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
    expect(standIn.clusters).toHaveLength(1)
  })

  it('submits what was meant for a cluster that is gone and never got it', async () => {
    await start({
      faults: fault('AddJobFlowSteps', { kind: 'refused', name: 'AccessDeniedException', message: 'no' }, 1),
    })
    const first = launch()
    await expect(first.submit(SUBMISSION)).rejects.toThrow('could not be given to')
    await first.close()
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
    expect(standIn.clusters.map(({ name, steps }) => [name, steps.length])).toEqual([
      ['lake 20261129T081500000Z-00000a', 0],
      ['lake 20261129T081500000Z-00000a/2', 1],
    ])
  })
})

describe('the clusters that a dead run left up', () => {
  const lake = () => localStorage(directory)
  const LATER = new Date(Date.now() + 3_600_000).toISOString()
  const ago = (milliseconds: number) => new Date(Date.now() - milliseconds).toISOString()
  /** Above the greatest process id that Linux gives out. */
  const NO_PROCESS = 4_194_305
  const DEAD = { host: hostname(), pid: NO_PROCESS, expiresAt: LATER }
  const ALIVE = { host: 'elsewhere', pid: NO_PROCESS, expiresAt: LATER }
  const GOES_ON = '20261129T081600000Z-00000b'
  const ENDED = {
    type: 'cluster-ended',
    cluster: 'j-0000000000001 (lake 20261129T081500000Z-00000a)',
    deadRun: '20261129T081500000Z-00000a',
  }

  async function leaveClaim(runId: string, claim: typeof DEAD): Promise<void> {
    await lake().put('_lake/claims/songs.00000001.json', JSON.stringify({ key: 'songs', runId, ...claim }))
  }

  /** Its launcher is there, and does nothing more. */
  async function leaveCluster(faults: readonly PlannedFault[] = []): Promise<void> {
    await start({ step: 'run', faults })
    await launch().submit(SUBMISSION)
  }

  /** What the next run does, whatever it builds. */
  function next(storage = lake()): Promise<void> {
    const run = { runId: 'NEXT', notify: (notice: EngineNotice) => void notices.push(notice) }
    return reapDeadRuns(clusterReaper({}, storage, clock), storage, { ...run, signal: new AbortController().signal })
  }

  it.each([
    ['whose process is gone', DEAD],
    [
      'whose lease ended while its drivers still waited for it, and they do no more',
      { ...ALIVE, expiresAt: ago(301_000) },
    ],
    ['that has no claim any more', undefined],
  ])('are ended by the next run, which says so, of one %s', async (_, claim) => {
    await leaveCluster()
    if (claim) await leaveClaim('20261129T081500000Z-00000a', claim)
    await next()
    expect(notices).toEqual([ENDED])
    expect(await clusterStates()).toEqual(['TERMINATED'])
    const calls = standIn.calls.length
    await next()
    expect(notices).toEqual([ENDED])
    expect(standIn.calls).toHaveLength(calls)
  })

  it.each([
    ['a process of this machine', { ...ALIVE, host: hostname(), pid: process.pid }],
    ['another machine', ALIVE],
    ['another machine, and late', { ...ALIVE, expiresAt: ago(120_000) }],
  ])('are left alone while the run may be alive: %s', async (_, claim) => {
    await leaveCluster()
    await leaveClaim('20261129T081500000Z-00000a', claim)
    await next()
    expect(notices).toEqual([])
    expect(standIn.count('TerminateJobFlows')).toBe(0)
    expect(standIn.clusters.map(({ state }) => state)).not.toContain('TERMINATED')
  })

  it.each([
    ['it', ['20261129T081500000Z-00000a']],
    ['a run that goes on with them, in what that found', [GOES_ON, '20261129T081500000Z-00000a']],
  ])(
    'are left alone while %s is heard of, though others have its claims',
    async (_, [holder = '', heardIn = holder]) => {
      await leaveCluster()
      if (holder !== '20261129T081500000Z-00000a') await adopt(notes(), ['20261129T081500000Z-00000a'], holder)
      await lake().put(`_lake/spark/${heardIn}/session-1/alive.json`, '{"beat": 1}')
      await leaveClaim('OTHERS', ALIVE)
      await next()
      expect(notices).toEqual([])
      expect(standIn.count('TerminateJobFlows')).toBe(0)
    },
  )

  it('are looked for by one listing of the lake, and by no call, where none is up', async () => {
    await start()
    const launcher = launch()
    await ended(launcher.submit(SUBMISSION))
    await launcher.close()
    const calls = standIn.calls.length
    const asked: string[] = []
    await next(watched(lake(), (request) => asked.push(request)))
    expect(asked).toEqual(['names _lake/spark/clusters'])
    expect(standIn.calls).toHaveLength(calls)
  })

  it('are looked for without loading the SDK', async () => {
    await start()
    const program = (file: string) =>
      fileURLToPath(new URL(`../../framework/engines/spark/emr/${file}`, import.meta.url))
    expect(await packagesLoadedBy(program('kept-clusters.ts'))).toEqual(['zod'])
    expect(await packagesLoadedBy(program('left-clusters.ts'))).toEqual(['@aws-sdk/client-emr'])
  })

  it('are found though the run was killed before it heard of them', async () => {
    await start({
      faults: [...fault('RunJobFlow', { kind: 'lost-response' }, 1), ...failingLists(1, 2, 3, 4, 5, 6, 7, 8, 9)],
    })
    await expect(launch().submit(SUBMISSION)).rejects.toThrow('the clusters cannot be listed')
    await next()
    expect(notices).toEqual([ENDED])
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('are found where the first that it asked for was refused', async () => {
    await start({
      step: 'run',
      faults: fault('RunJobFlow', { kind: 'refused', name: 'ValidationException', message: 'quota exceeded' }, 1),
    })
    const launcher = launch()
    await expect(launcher.submit(SUBMISSION)).rejects.toThrow('quota exceeded')
    await launcher.submit(SUBMISSION)
    await next()
    expect(notices).toEqual([{ ...ENDED, cluster: 'j-0000000000001 (lake 20261129T081500000Z-00000a/2)' }])
  })

  it('are looked for as long as one may still come up, and ended when it has', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'held-back' }, 1) })
    const launcher = launch()
    await ended(launcher.submit(SUBMISSION))
    await launcher.close()
    expect(notices.slice(-1)).toMatchObject([
      { type: 'run-warned', message: expect.stringContaining('may still come up') },
    ])
    standIn.letGo()
    await next()
    expect(await clusterStates()).toEqual(['TERMINATED', 'TERMINATED'])
    await clock.wait(16 * 60_000)
    await next()
    expect(await notes().all()).toEqual([])
  })

  it('are looked for after a run that was killed in the midst of asking for one', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'held-back' }) })
    const submitted = launch()
      .submit(SUBMISSION)
      .catch(() => undefined)
    await standIn.until(() => standIn.count('RunJobFlow') === 1)
    await next()
    expect(standIn.clusters).toEqual([])
    expect(await notes().all()).toHaveLength(1)
    standIn.letGo()
    await next()
    expect(await clusterStates()).toEqual(['TERMINATED'])
    await submitted
  })

  it('that may not be ended are warned of, and the next run tries again', async () => {
    const refused = { kind: 'refused', name: 'AccessDeniedException', message: 'User: x is not authorized' } as const
    await leaveCluster(fault('TerminateJobFlows', refused, 1))
    await next()
    expect(notices).toEqual([
      {
        type: 'run-warned',
        message:
          'the run 20261129T081500000Z-00000a died and left something up: the cluster j-0000000000001 could not be terminated and may still cost money: ' +
          'User: x is not authorized. Allow that elasticmapreduce action to whoever runs lake; `aws sts get-caller-identity` says who that is.',
      },
    ])
    await next()
    expect(notices.slice(1)).toEqual([ENDED])
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('are left to the run that goes on with them, as long as it may be alive', async () => {
    await leaveCluster()
    await leaveClaim(GOES_ON, ALIVE)
    const leftRuns = await adopt(notes(), ['20261129T081500000Z-00000a'], GOES_ON)
    await next()
    expect(notices).toEqual([])
    const launcher = launch({}, GOES_ON, leftRuns)
    const job = await launcher.submit({ ...SUBMISSION, name: `lake ${GOES_ON}/users/1` })
    expect(job.where).toContain('cluster j-0000000000001,')
    await launcher.close()
    expect(await clusterStates()).toEqual(['TERMINATED'])
    expect(await notes().all()).toEqual([])
  })

  it('are ended though the run that went on with them died too', async () => {
    await leaveCluster()
    await adopt(notes(), ['20261129T081500000Z-00000a'], GOES_ON)
    await leaveClaim(GOES_ON, DEAD)
    await next()
    expect(notices).toEqual([ENDED])
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('are ended by the run that took over where it has no use for them', async () => {
    await leaveCluster()
    const leftRuns = await adopt(notes(), ['20261129T081500000Z-00000a'], GOES_ON)
    const { id } = standIn.addCluster()
    const launcher = launch(running(id), GOES_ON, leftRuns)
    const job = await launcher.submit({ ...SUBMISSION, name: `lake ${GOES_ON}/users/1` })
    expect(job.where).toContain(id)
    await launcher.close()
    expect(notices).toEqual([ENDED])
    const [left, others] = await clusterStates()
    expect(left).toBe('TERMINATED')
    expect(others).not.toMatch('TERMINAT')
  })
})

describe('the cost of a run', () => {
  const prices = { 'm5.xlarge': 0.278 }

  it('is told every few minutes while its cluster is up, as an estimate, and at the end', async () => {
    await start({ step: 'run' })
    const launcher = launch({ prices })
    await launcher.submit(SUBMISSION)
    await standIn.until(() => costs().length >= 3)
    expect(standIn.count('ListInstances')).toBeGreaterThanOrEqual(3)
    for (const cost of costs()) expect(cost).toMatch(/^about \$\d+\.\d\d \(estimate\)$/)
    const dollars = costs().map((cost) => Number(/\d+\.\d+/.exec(cost)))
    // Three minutes of three instances.
    expect(dollars[0]).toBeGreaterThanOrEqual(0.04)
    expect(dollars).toEqual([...new Set(dollars)].toSorted((a, b) => a - b))
    const counts = standIn.count('ListInstances')
    await launcher.close()
    expect(standIn.count('ListInstances')).toBeGreaterThan(counts)
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('comes with word of an instance that was taken away, once', async () => {
    await start({ step: 'run' })
    const launcher = launch({ prices })
    await launcher.submit(SUBMISSION)
    standIn.reclaim(standIn.clusters[0]?.id ?? '')
    await standIn.until(() => standIn.count('ListInstances') >= 3)
    expect(notices.filter(({ type }) => type === 'run-warned')).toEqual([
      {
        type: 'run-warned',
        message:
          'the cluster j-0000000000001 (lake 20261129T081500000Z-00000a) has lost the spot instance ci-CORE-0 (m5.xlarge): Spot capacity was reclaimed. ' +
          'Its work is done once more by the others.',
      },
    ])
  })

  it('is that of all instances of a large cluster, at a call a turn', async () => {
    clock = precise
    await start({ step: 'run' })
    const launcher = launch({
      prices: { 'm5.xlarge': 1 },
      cluster: { kind: 'transient', core: { onDemand: 119, spot: 0 } },
    })
    await launcher.submit(SUBMISSION)
    const from = standIn.calls.length
    await standIn.until(() => costs().length > 0)
    expect(standIn.count('ListInstances')).toBe(3)
    expect(mostInMinute(from)).toBeLessThanOrEqual(4)
    // 120 instances for three minutes and the turns that the count took.
    expect(Number(/\d+\.\d+/.exec(costs()[0] ?? ''))).toBeGreaterThan(6)
  })

  it('is told once as long as the words for it are the same', async () => {
    await start({ step: 'run' })
    const launcher = launch({ prices: { 'm5.xlarge': 0.000_001 } })
    await launcher.submit(SUBMISSION)
    await standIn.until(() => standIn.count('ListInstances') >= 4)
    await launcher.close()
    expect(costs()).toEqual(['about $0.00 (estimate)'])
  })

  it('is told of a short run when that ends', async () => {
    await start()
    const launcher = launch({ prices })
    await ended(launcher.submit(SUBMISSION))
    expect(costs()).toEqual([])
    await launcher.close()
    expect(costs()).toHaveLength(1)
  })

  it('is not asked for without prices, nor of a cluster of somebody else', async () => {
    await start({ step: 'run' })
    const { id } = standIn.addCluster({ stepConcurrencyLevel: 2 })
    const of = [launch({ prices, ...running(id) }), launch({}, 'OWN')]
    for (const [index, launcher] of of.entries()) {
      await launcher.submit({ ...SUBMISSION, name: `lake 20261129T081500000Z-00000a/a${index}/1` })
    }
    // In 25 looks pass twice the minutes from one count to the next.
    await standIn.until(() => standIn.count('ListSteps') >= 50)
    await Promise.all(of.map((launcher) => launcher.close()))
    expect(standIn.count('ListInstances')).toBe(0)
    expect(costs()).toEqual([])
  })

  it('that may not be asked for leaves the steps alone, however long', async () => {
    const refused = { kind: 'refused', name: 'AccessDeniedException', message: 'no' } as const
    await start({ step: 'run', faults: fault('ListInstances', refused) })
    const launcher = launch({ prices })
    const job = await launcher.submit(SUBMISSION)
    const isOver = watchEnd(job)
    // Polls that are refused for a quarter of an hour would end them.
    await standIn.until(() => standIn.count('ListInstances') > 6)
    expect(isOver()).toBe(false)
    await launcher.close()
    expect(costs()).toEqual([])
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })
})

describe('many steps', () => {
  it('are never more than 256 at a time, and all end', async () => {
    await start({ step: 'await-go' })
    const { id } = standIn.addCluster({ stepConcurrencyLevel: 16 })
    const launcher = launch(running(id))
    const names = Array.from({ length: 300 }, (_, index) => `lake 20261129T081500000Z-00000a/asset${index}/1`)
    const ends = Promise.all(names.map((name) => ended(launcher.submit({ ...SUBMISSION, name }))))
    await standIn.until(() => standIn.steps().length === 256)
    const polls = standIn.count('ListSteps')
    await standIn.until(() => standIn.count('ListSteps') > polls + 8)
    expect(standIn.count('AddJobFlowSteps')).toBe(256)
    writeFileSync(join(directory, 'go'), '')
    expect(new Set((await ends).map(({ kind }) => kind))).toEqual(new Set(['completed']))
    expect(standIn.steps().map(({ config }) => config.Name)).toEqual(names)
    expect(standIn.count('AddJobFlowSteps')).toBe(300)
  })

  it('wait for a place where others use the cluster too', async () => {
    await start({ step: 'run' })
    const { id } = standIn.addCluster({ stepConcurrencyLevel: 1 })
    const others = launch(running(id), 'OTHER')
    for (let index = 0; index < 256; index++) await others.submit({ ...SUBMISSION, name: `lake OTHER/a${index}/1` })
    const job = launch(running(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.calls.filter(({ name }) => name === 'AddJobFlowSteps').length > 257)
    expect(standIn.steps()).toHaveLength(256)
    standIn.steps()[0]?.process?.kill('SIGKILL')
    expect((await job).where).toContain('step s-')
    expect(standIn.steps()).toHaveLength(257)
  })
})

describe('in steady state', () => {
  it.each([1, 60])('a cluster is called at most four times in any minute for %i steps', async (steps) => {
    clock = precise
    await start({ step: 'run' })
    const { id } = standIn.addCluster()
    const launcher = launch(running(id))
    for (let index = 0; index < steps; index++)
      await launcher.submit({ ...SUBMISSION, name: `lake 20261129T081500000Z-00000a/a${index}/1` })
    const from = standIn.calls.length
    await standIn.until(() => standIn.calls.length >= from + 10)
    expect(mostInMinute(from)).toBeLessThanOrEqual(4)
    expect(callsSince(from)).toEqual(new Set(['ListSteps', 'DescribeCluster']))
  })

  it('a cluster is called no more often where its instances are counted too', async () => {
    clock = precise
    await start({ step: 'run' })
    await launch({ prices: { 'm5.xlarge': 0.278 } }).submit(SUBMISSION)
    await standIn.until(() => standIn.clusters[0]?.state === 'RUNNING')
    const from = standIn.calls.length
    await standIn.until(() => standIn.calls.slice(from).filter(({ name }) => name === 'ListInstances').length >= 3)
    expect(mostInMinute(from)).toBeLessThanOrEqual(4)
    expect(callsSince(from)).toEqual(new Set(['ListSteps', 'DescribeCluster', 'ListInstances']))
  })

  it('polls draw back while they are throttled', async () => {
    await start({ step: 'run', faults: [3, 4, 5, 6].flatMap((nth) => fault('ListSteps', { kind: 'throttled' }, nth)) })
    const { id } = standIn.addCluster()
    await launch(running(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.count('ListSteps') > 6)
    const throttled = standIn.calls.filter((call) => call.fault !== undefined).map(({ at }) => at)
    const gaps = throttled.slice(1).map((at, index) => at - (throttled[index] ?? 0))
    expect(gaps.map((gap, index) => gap >= (SHORTEST_GAPS[index] ?? 0))).toEqual([true, true, true])
  })
})

/** The calls from this one on: the most of them in any minute. */
function mostInMinute(from: number): number {
  const times = standIn.calls.slice(from).map(({ at }) => at)
  return Math.max(...times.map((begin) => times.filter((time) => time >= begin && time < begin + 60_000).length))
}

/** Says at any time whether the job has ended. */
function watchEnd({ ended: end }: RunningJob): () => boolean {
  let over = false
  void end.then(() => {
    over = true
  })
  return () => over
}

const callsSince = (from: number) => new Set(standIn.calls.slice(from).map(({ name }) => name))

/** Tells each request to the storage as its name and path. */
function watched(storage: Storage, tell: (request: string) => void): Storage {
  return new Proxy(storage, {
    get: (target, name: keyof Storage) => {
      const value = target[name]
      if (typeof value !== 'function') return value
      return (path: string, ...others: readonly never[]) => {
        tell(`${name} ${path}`)
        return (value as (...args: readonly unknown[]) => unknown).call(target, path, ...others)
      }
    },
  })
}

/** Milliseconds between calls that are throttled one after the other. */
const SHORTEST_GAPS = [30_000, 60_000, 120_000]

const failingLists = (...nth: readonly number[]) =>
  nth.flatMap((number) => fault('ListClusters', { kind: 'error-500' }, number))

const cancellations = () =>
  standIn.calls.filter(({ name }) => name === 'CancelSteps').map(({ input }) => input.StepCancellationOption)

/** The packages that are loaded with a module, and not later when something of it is called. */
async function packagesLoadedBy(module: string): Promise<readonly string[]> {
  const { metafile } = await build({
    ...{ entryPoints: [module], outdir: directory, write: false, metafile: true },
    ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', packages: 'external' },
  })
  const loaded = (output: string): readonly string[] =>
    (metafile.outputs[output]?.imports ?? []).flatMap(({ path, kind, external }) => {
      if (kind !== 'import-statement' || path.startsWith('node:')) return []
      return external ? [path] : loaded(path)
    })
  const entry = Object.keys(metafile.outputs).find((output) =>
    metafile.outputs[output]?.entryPoint?.endsWith(`/${basename(module)}`),
  )
  return [...new Set(loaded(entry ?? ''))]
}

/** A process that submits the step to a cluster of its own, and is killed while the step runs. */
async function submitAndKill(): Promise<ChildProcess> {
  const program = join(directory, 'coordinator.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('../support/emr/coordinator.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  })
  const child = fork(program, [directory, JSON.stringify(SUBMISSION)])
  await standIn.until(() => standIn.steps()[0]?.state === 'RUNNING')
  child.kill('SIGKILL')
  await once(child, 'exit')
  return child
}
