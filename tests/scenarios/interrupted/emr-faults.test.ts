// A stand-in of EMR with real Spark refreshes a lake on a real S3 server. Meanwhile runs, clusters
// or answers are lost.
import { describe, expect, it, onTestFinished } from 'vitest'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import {
  clusterStates,
  isBegun,
  isDone,
  isPlaced,
  leftovers,
  ON_SHARED_SPARK,
  scheduled,
  sharedSite,
  standings,
  stepNames,
  verified,
} from '../../support/emr/cloud.ts'
import { temporaryDirectory, writeFiles } from '../../support/programs/lake-process.ts'
import { eventsOf, finished, outcomes, started } from '../../support/programs/run-events.ts'
import { type S3Fault, startFaultProxy } from '../../support/s3/fault-proxy.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'
import { sparkEnvironments } from '../../support/spark/spark.ts'

const s3 = await sharedS3Server()
// Installing these packages takes longer than the limit of a test.
const sparks = sparkEnvironments()

describe.skipIf(!s3 || sparks.length === 0)('a lake on S3 that EMR refreshes while something fails', () => {
  const { open } = sharedSite(s3, sparks)

  it.each([
    { granularity: 'session', killedAt: isDone('song_data'), steps: ['session'] },
    { granularity: 'step', killedAt: isPlaced('songs'), steps: ['song_data', 'songs'] },
  ] as const)(
    'is finished by the next run after a run with granularity $granularity was killed, and no cluster is left',
    async ({ granularity, killedAt, steps }) => {
      const cloud = await open({ granularity, ...ON_SHARED_SPARK })
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

  it('has the cluster of a killed run terminated by any next run; the cluster of a live run stays', async () => {
    const cloud = await open()
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

  it('is not changed by an interrupted run, which leaves no cluster running', async () => {
    const cloud = await open()
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

  it('gets a report of a Python error in the job at once, with the cause', async () => {
    const broken = temporaryDirectory()
    writeFiles(broken, { 'sitecustomize.py': "import sys\nsys.modules['lake_job.steps.ingest'] = None\n" })
    const cloud = await open({ stepEnv: { PYTHONPATH: broken } })
    const result = await cloud.run('materialize', 'songs')
    expect(result.status).toBe(1)
    expect(result.stdout).toContain('ModuleNotFoundError: import of lake_job.steps.ingest halted')
    expect(await clusterStates(cloud.emr)).toEqual(['TERMINATED'])
    expect(await standings(cloud)).toEqual({})
  })

  it('is built on a second cluster if the first cluster is lost during the run', async () => {
    const cloud = await open()
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

  it('is refreshed by a tick, and by the next tick, although EMR throttles and loses calls and a cluster is lost', async () => {
    // The cluster is lost before its step reaches Spark.
    const cloud = await open({
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
    // EMR can still make a cluster for the request whose answer was lost. Later runs search for
    // that cluster.
    expect(await leftovers(cloud)).toEqual([expect.stringMatching(/^_lake\/spark\/clusters\//)])
  })

  it('is unchanged by a tick for which EMR has no cluster; the tick is retried as declared, and reported once', async () => {
    const cloud = await open({
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
    const cloud = await open({
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
