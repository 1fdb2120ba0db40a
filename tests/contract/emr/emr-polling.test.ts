/** How often a run calls EMR, and what these polls find: the ends of many steps, and costs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  clusterStates,
  directory,
  ended,
  fault,
  launch,
  notices,
  running,
  SUBMISSION,
  setUpStandIn,
  standIn,
  start,
  takeSlowClock,
  watchEnd,
} from '../../support/emr/launcher-on-stand-in.ts'

setUpStandIn()

const costs = () => notices.flatMap((notice) => (notice.type === 'cost-estimated' ? [notice.cost] : []))

/** Shortest times between throttled calls that follow each other, in milliseconds. */
const SHORTEST_GAPS = [30_000, 60_000, 120_000]

describe('the state of a step and of its cluster', () => {
  it('is reported when it changes, from the start of the cluster to the end of the step', async () => {
    await start({ step: 'succeed' })
    expect(await ended(launch().submit(SUBMISSION))).toMatchObject({ kind: 'completed' })
    const changes = notices.flatMap((notice) => (notice.type === 'job-changed' ? [notice] : []))
    expect(new Set(changes.map(({ name }) => name))).toEqual(new Set([SUBMISSION.name]))
    const states = changes.map(({ state }) => state)
    for (const state of states) expect(state).toMatch(/^cluster j-\w+ is [A-Z]+(, step s-\w+ is [A-Z_]+)?$/)
    expect(states[0]).toMatch(/is (STARTING|BOOTSTRAPPING|WAITING|RUNNING)/)
    expect(states.at(-1)).toMatch(/step s-\w+ is COMPLETED$/)
    expect(states.filter((state, index) => state === states[index - 1])).toEqual([])
  })
})

describe('the cost of a run', () => {
  const prices = { 'm5.xlarge': 0.278 }

  it('is reported as an estimate every few minutes while its cluster is up, and at the end', async () => {
    await start({ step: 'run' })
    const launcher = launch({ prices })
    await launcher.submit(SUBMISSION)
    await standIn.until(() => costs().length >= 3)
    expect(standIn.count('ListInstances')).toBeGreaterThanOrEqual(3)
    for (const cost of costs()) expect(cost).toMatch(/^about \$\d+\.\d\d \(estimate\)$/)
    const dollars = costs().map((cost) => Number(/\d+\.\d+/.exec(cost)))
    // The cost of three instances for three minutes.
    expect(dollars[0]).toBeGreaterThanOrEqual(0.04)
    expect(dollars).toEqual([...new Set(dollars)].toSorted((a, b) => a - b))
    const counts = standIn.count('ListInstances')
    await launcher.close()
    expect(standIn.count('ListInstances')).toBeGreaterThan(counts)
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('is reported with one warning about an instance that was reclaimed', async () => {
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
          'The other instances do its work once more.',
      },
    ])
  })

  it('counts all instances of a large cluster, one page at a time', async () => {
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
    // 120 instances for three minutes, and for the time in which the run counts them.
    expect(Number(/\d+\.\d+/.exec(costs()[0] ?? ''))).toBeGreaterThan(6)
  })

  it('is reported again only if its text has changed', async () => {
    await start({ step: 'run' })
    const launcher = launch({ prices: { 'm5.xlarge': 0.000_001 } })
    await launcher.submit(SUBMISSION)
    await standIn.until(() => standIn.count('ListInstances') >= 4)
    await launcher.close()
    expect(costs()).toEqual(['about $0.00 (estimate)'])
  })

  it('is reported at the end of a short run', async () => {
    takeSlowClock()
    await start()
    const launcher = launch({ prices })
    await ended(launcher.submit(SUBMISSION))
    expect(costs()).toEqual([])
    await launcher.close()
    expect(costs()).toHaveLength(1)
  })

  it('is not computed without prices, nor for a cluster that does not belong to the run', async () => {
    await start({ step: 'run' })
    const { id } = standIn.addCluster({ stepConcurrencyLevel: 2 })
    const of = [launch({ prices, ...running(id) }), launch({}, 'OWN')]
    for (const [index, launcher] of of.entries()) {
      await launcher.submit({ ...SUBMISSION, name: `lake 20261129T081500000Z-00000a/a${index}/1` })
    }
    // In the time of 25 polls of each cluster, the run would count instances twice.
    await standIn.until(() => standIn.count('ListSteps') >= 50)
    await Promise.all(of.map((launcher) => launcher.close()))
    expect(standIn.count('ListInstances')).toBe(0)
    expect(costs()).toEqual([])
  })

  it('does not disturb the steps if EMR refuses to list the instances', async () => {
    const refused = { kind: 'refused', name: 'AccessDeniedException', message: 'no' } as const
    await start({ step: 'run', faults: fault('ListInstances', refused) })
    const launcher = launch({ prices })
    const job = await launcher.submit(SUBMISSION)
    const isOver = watchEnd(job)
    // Refused polls would end the steps after a quarter of an hour.
    await standIn.until(() => standIn.count('ListInstances') > 6)
    expect(isOver()).toBe(false)
    await launcher.close()
    expect(costs()).toEqual([])
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })
})

describe('many steps', () => {
  it('are at most 256 at a time; the others wait, and all end', async () => {
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

  it('wait if other programs use the cluster too, until it accepts another step', async () => {
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
  it.each([1, 60])('a run calls a cluster at most four times in any minute for %i steps', async (steps) => {
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

  it('a run calls a cluster at most four times in any minute even if it counts the instances', async () => {
    await start({ step: 'run' })
    await launch({ prices: { 'm5.xlarge': 0.278 } }).submit(SUBMISSION)
    await standIn.until(() => standIn.clusters[0]?.state === 'RUNNING')
    const from = standIn.calls.length
    await standIn.until(() => standIn.calls.slice(from).filter(({ name }) => name === 'ListInstances').length >= 3)
    expect(mostInMinute(from)).toBeLessThanOrEqual(4)
    expect(callsSince(from)).toEqual(new Set(['ListSteps', 'DescribeCluster', 'ListInstances']))
  })

  it('a run polls less often while EMR throttles its polls', async () => {
    await start({ step: 'run', faults: [3, 4, 5, 6].flatMap((nth) => fault('ListSteps', { kind: 'throttled' }, nth)) })
    const { id } = standIn.addCluster()
    await launch(running(id)).submit(SUBMISSION)
    await standIn.until(() => standIn.count('ListSteps') > 6)
    const throttled = standIn.calls.filter((call) => call.fault !== undefined).map(({ at }) => at)
    const gaps = throttled.slice(1).map((at, index) => at - (throttled[index] ?? 0))
    expect(gaps.map((gap, index) => gap >= (SHORTEST_GAPS[index] ?? 0))).toEqual([true, true, true])
  })
})

/** The greatest number of calls in any minute, from the call with this index on. */
function mostInMinute(from: number): number {
  const times = standIn.calls.slice(from).map(({ at }) => at)
  return Math.max(...times.map((begin) => times.filter((time) => time >= begin && time < begin + 60_000).length))
}

const callsSince = (from: number) => new Set(standIn.calls.slice(from).map(({ name }) => name))
