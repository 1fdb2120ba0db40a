/** Steps of a run on EMR: the run submits each once, follows it to its end, and can cancel it. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { EmrSettings } from '../../../framework/declare/emr.ts'
import { DriverPool } from '../../../framework/engines/spark/driver/driver-pool.ts'
import { stepLogTail } from '../../../framework/engines/spark/emr/steps/step-log.ts'
import type { Launcher } from '../../../framework/engines/spark/launch/launcher.ts'
import { hadoopUris } from '../../../framework/engines/spark/protocol/hadoop-uris.ts'
import type { JobSpec } from '../../../framework/engines/spark/protocol/schema/specs.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import {
  directory,
  ended,
  fault,
  launch,
  message,
  notices,
  running,
  SUBMISSION,
  setUpStandIn,
  standIn,
  start,
  watchEnd,
} from '../../support/emr/launcher-on-stand-in.ts'
import type { EmrFault } from '../../support/emr/stand-in/faults.ts'

setUpStandIn()

/** Gives steps enough time to end after an interrupt, even on a slow machine. */
const patient = (clusterId: string): EmrSettings => ({ ...running(clusterId), cancelSeconds: 36_000 })

describe('the steps of a run', () => {
  const SPEC = { kind: 'fingerprint', files: [] } as unknown as JobSpec

  function jobsOf(launcher: Launcher): DriverPool {
    return new DriverPool(launcher, {
      ...{ lake: localStorage(directory), uris: hadoopUris('s3'), attempts: 2, granularity: 'session' },
      run: { runId: 'R', deadRuns: [], notify: (notice) => void notices.push(notice) },
    })
  }

  it('are reported once, with the cause, and tried again if their cluster is lost', async () => {
    await start({ faults: fault('AddJobFlowSteps', { kind: 'cluster-lost' }, 1) })
    const jobs = jobsOf(launch())
    const { signal } = new AbortController()
    const runs = ['songs', 'users'].map((asset) => jobs.run(asset, SPEC, { signal }).catch(String))
    const [end] = await Promise.all(runs)
    const warnings = notices.flatMap((notice) => (notice.type === 'run-warned' ? [notice.message] : []))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^a Spark driver was lost: .*instance i-0 was terminated[\s\S]*does its work once more/)
    // The second driver ends at once, without a result.
    expect(end).toMatch(
      /ended without a result\. Its log is in s3:\/\/lake\/sparkify\/_lake\/spark\/logs\/j-\d+\/steps\/s-\d+\/ ,/,
    )
    await jobs.close()
  })

  it('are awaited with one warning if lake may not list them, but not cancelled if they are about to end', async () => {
    const refused = { kind: 'refused', name: 'AccessDeniedException', message: 'User: x is not authorized' } as const
    await start({ step: 'run', faults: fault('ListSteps', refused) })
    const launcher = launch()
    const job = await launcher.submit(SUBMISSION)
    await standIn.until(() => standIn.count('ListSteps') > 3)
    job.expectEnd()
    await job.cancel()
    expect(cancellations()).toEqual([])
    const warnings = notices.flatMap((notice) => (notice.type === 'run-warned' ? [notice.message] : []))
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(
      /may not list the steps of .*: User: x is not authorized\. .*still waits for their results/i,
    )
    await launcher.close()
  })
})

describe('a step', () => {
  it('is submitted only once if the answer to AddJobFlowSteps is lost', async () => {
    await start({ faults: fault('AddJobFlowSteps', { kind: 'lost-response' }, 1) })
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
    expect(standIn.count('AddJobFlowSteps')).toBe(1)
    expect(standIn.steps()).toHaveLength(1)
  })

  it('is found if the answer is lost, even if it is not among the first fifty steps of the list', async () => {
    await start({ faults: fault('AddJobFlowSteps', { kind: 'lost-response' }, 61), step: 'run' })
    const { id } = standIn.addCluster()
    const launcher = launch(running(id))
    for (let index = 0; index < 60; index++)
      await launcher.submit({ ...SUBMISSION, name: `lake 20261129T081500000Z-00000a/a${index}/1` })
    await launcher.submit(SUBMISSION)
    expect(standIn.steps()).toHaveLength(61)
  })

  it('is submitted again after EMR throttled the call or failed', async () => {
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

  it('is followed even if polls are throttled, fail or lose their answers', async () => {
    const kinds: readonly EmrFault[] = [{ kind: 'throttled' }, { kind: 'error-500' }, { kind: 'lost-response' }]
    const faults = ['ListSteps', 'DescribeCluster'].flatMap((call) =>
      kinds.flatMap((kind, index) => fault(call, kind, index + 1)),
    )
    await start({ faults })
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
  })

  it('has not ended while it is in an unknown state', async () => {
    await start({ step: 'run', faults: fault('ListSteps', { kind: 'unknown-state' }) })
    const job = await launch().submit(SUBMISSION)
    const isOver = watchEnd(job)
    await standIn.until(() => standIn.count('ListSteps') > 5)
    expect(isOver()).toBe(false)
    await job.cancel()
    expect((await job.ended).kind).toBe('canceled')
  })

  it('is lost if EMR interrupts it', async () => {
    await start({ step: 'run', faults: fault('AddJobFlowSteps', { kind: 'step-interrupted' }) })
    const end = await ended(launch().submit(SUBMISSION))
    expect(end.kind).toBe('lost')
    expect(message(end)).toContain('was interrupted by EMR')
  })

  it('reports what EMR knows of its failure, and its log', async () => {
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

  it('fails at once even if EMR has no details yet', async () => {
    await start({ step: 'fail', faults: fault('AddJobFlowSteps', { kind: 'late-failure-details', answers: 9 }) })
    const end = await ended(launch().submit(SUBMISSION))
    expect(end.kind).toBe('failed')
    expect(message(end)).toContain('EMR gives no reason yet')
  })

  it('ends in the same way if its log is missing', async () => {
    await start({ faults: fault('AddJobFlowSteps', { kind: 'log-missing' }) })
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
    const logs = localStorage(join(directory, 'logs'))
    expect(await stepLogTail(logs, standIn.clusters[0]?.id ?? '', standIn.steps()[0]?.id ?? '')).toEqual([])
  })

  it('is canceled, not completed, if another program cancels it', async () => {
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

  it('is refused if it is longer than EMR allows', async () => {
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

  it('is killed if it ignores the interrupt', async () => {
    await start({ step: 'stand-firm' })
    const { id } = standIn.addCluster()
    const job = await launch(running(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.steps()[0]?.stdout === 'ready\n')
    await job.cancel()
    expect((await job.ended).kind).toBe('canceled')
    expect(standIn.steps()[0]?.process?.signalCode).toBe('SIGKILL')
  })

  it('is killed if EMR loses the request to interrupt it', async () => {
    await start({ step: 'run', faults: fault('CancelSteps', { kind: 'ignored' }, 1) })
    const { id } = standIn.addCluster()
    const job = await launch(running(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.steps()[0]?.state === 'RUNNING')
    await job.cancel()
    expect((await job.ended).kind).toBe('canceled')
    expect(cancellations().slice(0, 2)).toEqual(['SEND_INTERRUPT', 'TERMINATE_PROCESS'])
  })

  it('is canceled when the run ends, even if it has not begun', async () => {
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
    await standIn.until(() => standIn.clusters[0]?.state === 'WAITING')
    await expect(launcher.submit({ ...SUBMISSION, name: 'lake 20261129T081500000Z-00000a/time/1' })).rejects.toThrow(
      'the run is ending',
    )
  })
})

const cancellations = () =>
  standIn.calls.filter(({ name }) => name === 'CancelSteps').map(({ input }) => input.StepCancellationOption)
