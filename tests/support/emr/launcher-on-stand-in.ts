/** Runs the EMR launcher against the stand-in of EMR, on a fast clock. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import type { EmrSettings } from '../../../framework/declare/emr.ts'
import type { EngineNotice } from '../../../framework/engine/external-resources.ts'
import type { EmrClock } from '../../../framework/engines/spark/emr/api/clock.ts'
import { type ClusterOwners, lakeClusterOwners } from '../../../framework/engines/spark/emr/clusters/cluster-owners.ts'
import { lakeIntents } from '../../../framework/engines/spark/emr/clusters/intents.ts'
import { emrLauncher } from '../../../framework/engines/spark/emr/emr-launcher.ts'
import type { JobEnd, Launcher, RunningJob } from '../../../framework/engines/spark/launch/launcher.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { quickClock } from './quick-clock.ts'
import { type EmrStandIn, type StandInOptions, startEmrStandIn } from './stand-in/emr-stand-in.ts'
import type { EmrFault } from './stand-in/faults.ts'

const SPEED = 1000
/**
 * At this speed a poll takes most of a second, and a short step lasts only a few polls, however
 * busy the machine is.
 */
const SLOW_SPEED = 20

export const SUBMISSION = {
  name: 'lake 20261129T081500000Z-00000a/songs/1',
  arguments: ['--spec', 's3://lake/_lake/spark/spec.json'],
}

const COMMANDS: Readonly<Record<string, string>> = {
  succeed: 'exit 0',
  fail: 'echo "Traceback: no such column"; echo "py4j error: exit 1" >&2; exit 1',
  'fail-quietly': 'exit 1',
  run: 'exec sleep 3600',
  'await-go': 'while [ ! -e "$DIRECTORY/go" ]; do sleep 0.2; done',
  'stand-firm': 'trap "" TERM; echo ready; while true; do sleep 0.2; done',
}

// The values of the current test. Tests read them through these live bindings.
export let directory: string
export let standIn: EmrStandIn
export let notices: EngineNotice[]
export let clock: EmrClock
let launchers: Launcher[]

/** Gives each test of the file its own directory, and closes what the test has opened. */
export function setUpStandIn(): void {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'lake-emr-'))
    launchers = []
    notices = []
    clock = quickClock(SPEED)
    process.env.AWS_ACCESS_KEY_ID = 'test'
    process.env.AWS_SECRET_ACCESS_KEY = 'test'
    process.env.AWS_REGION = 'eu-central-1'
  })

  afterEach(async () => {
    await Promise.allSettled(launchers.map((launcher) => launcher.close()))
    await standIn.close()
    rmSync(directory, { recursive: true })
  })
}

/**
 * Slows the clock, for tests in which a step has to end before something comes due. The test calls
 * it before `start`.
 */
export function takeSlowClock(): void {
  clock = quickClock(SLOW_SPEED)
}

interface Wanted extends Partial<Omit<StandInOptions, 'runStep'>> {
  /** The command that every step runs. */
  readonly step?: keyof typeof COMMANDS
}

export async function start({ step = 'succeed', ...options }: Wanted = {}): Promise<EmrStandIn> {
  const env = { DIRECTORY: directory }
  const runStep = () => ({ command: '/bin/sh', args: ['-c', COMMANDS[step] ?? ''], env })
  standIn = await startEmrStandIn({ now: clock.now, logs: join(directory, 'logs'), ...options, runStep })
  process.env.AWS_ENDPOINT_URL_EMR = standIn.url
  return standIn
}

/** Opens a launcher. `adoptedRuns` are dead runs whose clusters this run owns. */
export function launch(
  settings: EmrSettings = {},
  runId = '20261129T081500000Z-00000a',
  adoptedRuns: readonly string[] = [],
): Launcher {
  const launcher = emrLauncher(settings, {
    ...{ runId, adoptedRuns, clock, owners: owners(), notify: (notice) => void notices.push(notice) },
    lakeUri: 's3://lake/sparkify',
    job: { main: 's3://lake/_lake/spark/job/h/main.py', pyFiles: [] },
    intents: lakeIntents(localStorage(directory)),
  })
  launchers.push(launcher)
  return launcher
}

export const owners = (): ClusterOwners => lakeClusterOwners(localStorage(directory))

/** The settings of a cluster that its owner keeps running. */
export const running = (clusterId: string): EmrSettings => ({ cluster: { kind: 'running', clusterId } })

export const fault = (call: string, kind: EmrFault, nth?: number) => [
  { call, fault: kind, ...(nth !== undefined && { nth }) },
]

export const failingLists = (...nth: readonly number[]) =>
  nth.flatMap((number) => fault('ListClusters', { kind: 'error-500' }, number))

export const message = (end: JobEnd) => (end.kind === 'completed' ? '' : end.message)

/** The states of all clusters, once those that are terminating have ended. */
export async function clusterStates(): Promise<readonly string[]> {
  await standIn.until(() => standIn.clusters.every(({ state }) => state !== 'TERMINATING'))
  return standIn.clusters.map(({ state }) => state)
}

export async function ended(job: Promise<RunningJob>): Promise<JobEnd> {
  return (await job).ended
}

/** Returns a function that says whether the job has ended. */
export function watchEnd({ ended: end }: RunningJob): () => boolean {
  let over = false
  void end.then(() => {
    over = true
  })
  return () => over
}
