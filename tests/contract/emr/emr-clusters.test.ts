/**
 * The clusters of a run on EMR: each is created once, found again, and terminated however the run
 * ends.
 */
import { describe, expect, it } from 'vitest'
import {
  clusterStates,
  ended,
  failingLists,
  fault,
  launch,
  message,
  owners,
  running,
  SUBMISSION,
  setUpStandIn,
  standIn,
  start,
} from '../../support/emr/launcher-on-stand-in.ts'

setUpStandIn()

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

  it('is not made if the run submits no step', async () => {
    await start()
    await launch().close()
    expect(standIn.calls).toEqual([])
  })

  it('runs the job by spark-submit in client mode, and takes more steps after one has failed', async () => {
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

  it('is made only once if the answer to RunJobFlow is lost', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'lost-response' }, 1) })
    const launcher = launch()
    expect(await ended(launcher.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    await launcher.close()
    expect(standIn.count('RunJobFlow')).toBe(1)
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('is made again if RunJobFlow failed before it made a cluster', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'error-500' }, 1) })
    const launcher = launch()
    expect(await ended(launcher.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    expect(standIn.count('RunJobFlow')).toBe(2)
    expect(standIn.clusters).toHaveLength(1)
  })

  it('is terminated even if the answer to RunJobFlow is lost and EMR cannot list clusters before the run ends', async () => {
    await start({
      faults: [...fault('RunJobFlow', { kind: 'lost-response' }, 1), ...failingLists(1, 2, 3, 4, 5, 6, 7, 8, 9)],
    })
    const launcher = launch()
    await expect(launcher.submit(SUBMISSION)).rejects.toThrow('the clusters cannot be listed')
    await launcher.close()
    expect(standIn.count('RunJobFlow')).toBe(1)
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('is terminated even if it comes up after the run has made a second cluster', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'held-back' }, 1) })
    const launcher = launch()
    expect(await ended(launcher.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    standIn.letGo()
    await launcher.close()
    expect(await clusterStates()).toEqual(['TERMINATED', 'TERMINATED'])
  })

  it('is terminated even if the run cannot search for its other clusters; the run reports that', async () => {
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
    expect(await owners().all()).toEqual([{ runId: '20261129T081500000Z-00000a', owner: '20261129T081500000Z-00000a' }])
  })

  it('is terminated with its steps if the run is interrupted', async () => {
    await start({ step: 'run' })
    const launcher = launch()
    const job = await launcher.submit(SUBMISSION)
    await standIn.until(() => standIn.steps()[0]?.state === 'RUNNING')
    await launcher.close()
    expect((await job.ended).kind).toBe('canceled')
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('is terminated if its step failed', async () => {
    await start({ step: 'fail' })
    const launcher = launch()
    expect((await ended(launcher.submit(SUBMISSION))).kind).toBe('failed')
    await launcher.close()
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('is terminated even if EMR throttles or fails the first calls that terminate it', async () => {
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

  it('is named in an error, with the cost of the run, if it cannot be terminated', async () => {
    await start({ step: 'run' })
    const launcher = launch({ cluster: { kind: 'transient' }, prices: { 'm5.xlarge': 60 } })
    await launcher.submit(SUBMISSION)
    for (const cluster of standIn.clusters) cluster.terminationProtected = true
    const failure = await launcher.close().catch(String)
    expect(failure).toContain('the cluster j-0000000000001 could not be terminated and may still cost money')
    expect(failure).toMatch(/So far the run has cost about \$[\d.]+ \(estimate/)
    expect(await owners().all()).toEqual([{ runId: '20261129T081500000Z-00000a', owner: '20261129T081500000Z-00000a' }])
  })

  it('stays up if it was protected during the run, and the run says so', async () => {
    await start()
    const launcher = launch()
    await ended(launcher.submit(SUBMISSION))
    for (const cluster of standIn.clusters) cluster.terminationProtected = true
    await expect(launcher.close()).rejects.toThrow(
      /could not be terminated and may still cost money: .*--no-termination-protected/,
    )
  })

  it('ends by itself after the idle time of its policy', async () => {
    await start({ delays: { second: 1 } })
    const launcher = launch({ cluster: { kind: 'transient', idleTimeoutSeconds: 60 } })
    expect(await ended(launcher.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    await standIn.until(() => standIn.clusters[0]?.state === 'TERMINATED')
    expect(standIn.count('TerminateJobFlows')).toBe(0)
  })

  it('makes its step fail, with the reason, if its bootstrap action fails; the run makes no other cluster', async () => {
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

  it('makes its step fail, with what to do, if it gets no instances', async () => {
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
  ])('makes its step fail, with what to do, if EMR refuses the cluster with %s (%s)', async (name, text, remedy) => {
    await start({ faults: fault('RunJobFlow', { kind: 'refused', name, message: text }) })
    const failure = await launch().submit(SUBMISSION).catch(String)
    expect(failure).toContain(`the cluster lake 20261129T081500000Z-00000a could not be made: ${text}`)
    expect(failure).toContain(remedy)
    expect(standIn.count('RunJobFlow')).toBe(1)
  })
})

describe('a lost cluster', () => {
  it('makes its step end as lost; the next attempt runs on a new cluster', async () => {
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

  it('is replaced at most as often as the config allows', async () => {
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

  it('is replaced even if the run notices the loss only when it submits the next step', async () => {
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

describe('a running cluster', () => {
  it('is found by its name on the second page of clusters, and is never changed', async () => {
    await start()
    standIn.addCluster({ name: 'etl' })
    for (let index = 0; index < 60; index++) standIn.addCluster({ name: `other ${index}` })
    const launcher = launch({ cluster: { kind: 'running', name: 'etl' } })
    expect(await ended(launcher.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    await launcher.close()
    expect(standIn.clusters[0]?.steps).toHaveLength(1)
    // As on EMR, the cluster waits for steps again only some time after its last step has ended.
    await standIn.until(() => standIn.clusters[0]?.state === 'WAITING')
    expect(standIn.count('TerminateJobFlows')).toBe(0)
  })

  it('is found by a tag', async () => {
    await start()
    standIn.addCluster({ name: 'a' })
    const { id } = standIn.addCluster({ name: 'b', tags: [{ Key: 'team', Value: 'data' }] })
    const job = await launch({ cluster: { kind: 'running', tag: { key: 'team', value: 'data' } } }).submit(SUBMISSION)
    expect(job.where).toContain(id)
  })

  it('is refused if another one has the same name', async () => {
    await start()
    const ids = [standIn.addCluster({ name: 'etl' }).id, standIn.addCluster({ name: 'etl' }).id]
    const launcher = launch({ cluster: { kind: 'running', name: 'etl' } })
    await expect(launcher.submit(SUBMISSION)).rejects.toThrow(
      `are up: ${ids.toReversed().join(', ')}. Give the clusterId`,
    )
  })

  it('makes its step fail, with the reason, if it does not exist or was terminated', async () => {
    await start()
    const { id } = standIn.addCluster()
    standIn.lose(id)
    await expect(launch(running('j-NONE')).submit(SUBMISSION)).rejects.toThrow(/j-NONE cannot be looked at.*not valid/)
    await expect(launch(running(id)).submit(SUBMISSION)).rejects.toThrow('Instance i-0 was terminated')
  })

  it('makes its step end as lost if it is lost during the step', async () => {
    await start({ step: 'run' })
    const { id } = standIn.addCluster()
    const job = await launch(running(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.steps()[0]?.state === 'RUNNING')
    standIn.lose(id)
    expect((await job.ended).kind).toBe('lost')
  })
})
