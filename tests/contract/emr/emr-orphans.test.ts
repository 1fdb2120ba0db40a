/** Steps and clusters that dead runs left on EMR: a later process adopts or terminates them. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import type { EngineNotice } from '../../../framework/engine/external-resources.ts'
import { adopt } from '../../../framework/engines/spark/emr/clusters/cluster-owners.ts'
import { clusterReaper } from '../../../framework/engines/spark/emr/clusters/cluster-reaper.ts'
import { lakeIntents } from '../../../framework/engines/spark/emr/clusters/intents.ts'
import { reapDeadRuns } from '../../../framework/execute/reap-dead-runs.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import type { Storage } from '../../../framework/storage/storage.ts'
import {
  clock,
  clusterStates,
  directory,
  ended,
  failingLists,
  fault,
  launch,
  notices,
  owners,
  running,
  SUBMISSION,
  setUpStandIn,
  standIn,
  start,
} from '../../support/emr/launcher-on-stand-in.ts'
import type { PlannedFault } from '../../support/emr/stand-in/faults.ts'

setUpStandIn()

describe('a later process', () => {
  it('adopts the step that a killed process left running, and terminates its cluster', async () => {
    await start({ step: 'run' })
    const killed = await submitAndKill()
    expect(killed.signalCode).toBe('SIGKILL')
    const launcher = launch()
    const job = await launcher.submit(SUBMISSION)
    const [step] = standIn.steps()
    expect(job.adopted).toBe(true)
    expect(job.where).toContain(`step ${step?.id} `)
    step?.process?.kill('SIGKILL')
    expect((await job.ended).kind).toBe('failed')
    await launcher.close()
    expect(standIn.steps()).toHaveLength(1)
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('adopts a step that has ended, even if its own run has another name', async () => {
    await start()
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
    const later = launch({}, 'LATER')
    expect(await ended(later.submit(SUBMISSION))).toEqual({ kind: 'completed' })
    expect(standIn.steps()).toHaveLength(1)
    await later.close()
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('submits a step again if EMR has forgotten the cluster to which an earlier process gave the step', async () => {
    await start()
    await lakeIntents(localStorage(directory)).record(SUBMISSION.name, { clusterId: 'j-FORGOTTEN', ours: true })
    const launcher = launch({}, 'LATER')
    const job = await launcher.submit(SUBMISSION)
    expect(job.adopted).toBe(false)
    expect(await job.ended).toEqual({ kind: 'completed' })
    await launcher.close()
    expect(standIn.steps()).toHaveLength(1)
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('terminates the cluster that an earlier process of the run left, even if it submits nothing itself', async () => {
    await start()
    await ended(launch().submit(SUBMISSION))
    await launch().close()
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('finds the cluster of an earlier process that never learned the id of the cluster', async () => {
    await start({
      faults: [...fault('RunJobFlow', { kind: 'lost-response' }, 1), ...failingLists(1, 2, 3, 4, 5, 6, 7, 8, 9)],
    })
    await expect(launch().submit(SUBMISSION)).rejects.toThrow('the clusters cannot be listed')
    expect(await ended(launch().submit(SUBMISSION))).toEqual({ kind: 'completed' })
    expect(standIn.clusters).toHaveLength(1)
  })

  it('submits a step if the cluster for which an earlier process recorded it has ended without running it', async () => {
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

describe('the clusters that a dead run left behind', () => {
  const lake = () => localStorage(directory)
  const LATER = new Date(Date.now() + 3_600_000).toISOString()
  const ago = (milliseconds: number) => new Date(Date.now() - milliseconds).toISOString()
  /** Greater than any process id of Linux. */
  const NO_PROCESS = 4_194_305
  const DEAD = { host: hostname(), pid: NO_PROCESS, expiresAt: LATER }
  const ALIVE = { host: 'elsewhere', pid: NO_PROCESS, expiresAt: LATER }
  const GOES_ON = '20261129T081600000Z-00000b'
  const ENDED = {
    type: 'cluster-ended',
    cluster: 'j-0000000000001 (lake 20261129T081500000Z-00000a)',
    deadRun: '20261129T081500000Z-00000a',
  }

  /** What the run has reported, without the states of its jobs. */
  const reported = () => notices.filter(({ type }) => type !== 'job-changed')

  async function leaveClaim(runId: string, claim: typeof DEAD): Promise<void> {
    await lake().put('_lake/claims/songs.00000001.json', JSON.stringify({ key: 'songs', runId, ...claim }))
  }

  /** The launcher stays open without doing anything else. */
  async function leaveCluster(faults: readonly PlannedFault[] = []): Promise<void> {
    await start({ step: 'run', faults })
    await launch().submit(SUBMISSION)
  }

  /** Reaps dead runs, as each later run does. */
  function next(storage = lake()): Promise<void> {
    const run = { runId: 'NEXT', notify: (notice: EngineNotice) => void notices.push(notice) }
    return reapDeadRuns(clusterReaper({}, storage, clock), storage, { ...run, signal: new AbortController().signal })
  }

  it.each([
    ['whose process has ended', DEAD],
    ['whose lease has expired, and whose drivers no longer wait for it', { ...ALIVE, expiresAt: ago(1_201_000) }],
    ['that has no claims', undefined],
  ])('are terminated by the next run, which reports it, if they belong to a run %s', async (_, claim) => {
    await leaveCluster()
    if (claim) await leaveClaim('20261129T081500000Z-00000a', claim)
    await next()
    expect(reported()).toEqual([ENDED])
    expect(await clusterStates()).toEqual(['TERMINATED'])
    const calls = standIn.calls.length
    await next()
    expect(reported()).toEqual([ENDED])
    expect(standIn.calls).toHaveLength(calls)
  })

  it.each([
    ['a process of this machine', { ...ALIVE, host: hostname(), pid: process.pid }],
    ['another machine', ALIVE],
    ['another machine, whose clock may be behind', { ...ALIVE, expiresAt: ago(1_140_000) }],
  ])('are left alone while their run may still be alive: %s', async (_, claim) => {
    await leaveCluster()
    await leaveClaim('20261129T081500000Z-00000a', claim)
    await next()
    expect(reported()).toEqual([])
    expect(standIn.count('TerminateJobFlows')).toBe(0)
    expect(standIn.clusters.map(({ state }) => state)).not.toContain('TERMINATED')
  })

  it.each([
    ['the run', ['20261129T081500000Z-00000a']],
    ['the run that adopted them, in an adopted mailbox,', [GOES_ON, '20261129T081500000Z-00000a']],
  ])(
    'are left alone while %s writes to the lake, even if other runs have its claims',
    async (_, [owner = '', heardIn = owner]) => {
      await leaveCluster()
      if (owner !== '20261129T081500000Z-00000a') await adopt(owners(), ['20261129T081500000Z-00000a'], owner)
      await lake().put(`_lake/spark/${heardIn}/session-1/alive.json`, '{"beat": 1}')
      await leaveClaim('OTHERS', ALIVE)
      await next()
      expect(reported()).toEqual([])
      expect(standIn.count('TerminateJobFlows')).toBe(0)
    },
  )

  it('cost one listing of the lake and no call to EMR if none exist', async () => {
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

  it('are searched for without loading the AWS SDK', async () => {
    await start()
    const program = (file: string) =>
      fileURLToPath(new URL(`../../../framework/engines/spark/emr/clusters/${file}`, import.meta.url))
    expect(await packagesLoadedBy(program('cluster-reaper.ts'))).toEqual(['zod'])
    expect(await packagesLoadedBy(program('orphaned-clusters.ts'))).toEqual(['@aws-sdk/client-emr'])
  })

  it('are found even if the run was killed before it learned their ids', async () => {
    await start({
      faults: [...fault('RunJobFlow', { kind: 'lost-response' }, 1), ...failingLists(1, 2, 3, 4, 5, 6, 7, 8, 9)],
    })
    await expect(launch().submit(SUBMISSION)).rejects.toThrow('the clusters cannot be listed')
    await next()
    expect(reported()).toEqual([ENDED])
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('are found even if EMR refused the first cluster that the run asked for', async () => {
    await start({
      step: 'run',
      faults: fault('RunJobFlow', { kind: 'refused', name: 'ValidationException', message: 'quota exceeded' }, 1),
    })
    const launcher = launch()
    await expect(launcher.submit(SUBMISSION)).rejects.toThrow('quota exceeded')
    await launcher.submit(SUBMISSION)
    await next()
    expect(reported()).toEqual([{ ...ENDED, cluster: 'j-0000000000001 (lake 20261129T081500000Z-00000a/2)' }])
  })

  it('are searched for until no further cluster can appear, and then terminated', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'held-back' }, 1) })
    const launcher = launch()
    await ended(launcher.submit(SUBMISSION))
    await launcher.close()
    expect(reported().slice(-1)).toMatchObject([
      { type: 'run-warned', message: expect.stringContaining('may still come up') },
    ])
    standIn.letGo()
    await next()
    expect(await clusterStates()).toEqual(['TERMINATED', 'TERMINATED'])
    await clock.wait(16 * 60_000)
    await next()
    expect(await owners().all()).toEqual([])
  })

  it('are searched for if the run was killed while it asked for a cluster', async () => {
    await start({ faults: fault('RunJobFlow', { kind: 'held-back' }) })
    const submitted = launch()
      .submit(SUBMISSION)
      .catch(() => undefined)
    await standIn.until(() => standIn.count('RunJobFlow') === 1)
    await next()
    expect(standIn.clusters).toEqual([])
    expect(await owners().all()).toHaveLength(1)
    standIn.letGo()
    await next()
    expect(await clusterStates()).toEqual(['TERMINATED'])
    await submitted
  })

  it('cause a warning if the run is not allowed to terminate them, and the next run tries again', async () => {
    const refused = { kind: 'refused', name: 'AccessDeniedException', message: 'User: x is not authorized' } as const
    await leaveCluster(fault('TerminateJobFlows', refused, 1))
    await next()
    expect(reported()).toEqual([
      {
        type: 'run-warned',
        message:
          'the run 20261129T081500000Z-00000a died and left something up: the cluster j-0000000000001 could not be terminated and may still cost money: ' +
          'User: x is not authorized. Allow that elasticmapreduce action to the user that runs lake, which `aws sts get-caller-identity` names.',
      },
    ])
    await next()
    expect(reported().slice(1)).toEqual([ENDED])
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('are left to the run that adopted them, while that run may be alive', async () => {
    await leaveCluster()
    await leaveClaim(GOES_ON, ALIVE)
    const adoptedRuns = await adopt(owners(), ['20261129T081500000Z-00000a'], GOES_ON)
    await next()
    expect(reported()).toEqual([])
    const launcher = launch({}, GOES_ON, adoptedRuns)
    const job = await launcher.submit({ ...SUBMISSION, name: `lake ${GOES_ON}/users/1` })
    expect(job.where).toContain('cluster j-0000000000001,')
    await launcher.close()
    expect(await clusterStates()).toEqual(['TERMINATED'])
    expect(await owners().all()).toEqual([])
  })

  it('are terminated if the run that adopted them died too', async () => {
    await leaveCluster()
    await adopt(owners(), ['20261129T081500000Z-00000a'], GOES_ON)
    await leaveClaim(GOES_ON, DEAD)
    await next()
    expect(reported()).toEqual([ENDED])
    expect(await clusterStates()).toEqual(['TERMINATED'])
  })

  it('are terminated by the run that adopted them if it does not need them', async () => {
    await leaveCluster()
    const adoptedRuns = await adopt(owners(), ['20261129T081500000Z-00000a'], GOES_ON)
    const { id } = standIn.addCluster()
    const launcher = launch(running(id), GOES_ON, adoptedRuns)
    const job = await launcher.submit({ ...SUBMISSION, name: `lake ${GOES_ON}/users/1` })
    expect(job.where).toContain(id)
    await launcher.close()
    expect(reported()).toEqual([ENDED])
    const [left, others] = await clusterStates()
    expect(left).toBe('TERMINATED')
    expect(others).not.toMatch('TERMINAT')
  })
})

/** Reports each request to the storage by its name and path. */
function watched(storage: Storage, report: (request: string) => void): Storage {
  return new Proxy(storage, {
    get: (target, name: keyof Storage) => {
      const value = target[name]
      if (typeof value !== 'function') return value
      return (path: string, ...others: readonly never[]) => {
        report(`${name} ${path}`)
        return (value as (...args: readonly unknown[]) => unknown).call(target, path, ...others)
      }
    },
  })
}

/** The packages that importing the module loads. Leaves out dynamic imports. */
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

/**
 * Starts a process that submits the step to a cluster of its own, and kills it while the step runs.
 */
async function submitAndKill(): Promise<ChildProcess> {
  const program = join(directory, 'coordinator.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL('../../support/emr/coordinator.ts', import.meta.url))],
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
