/**
 * Any user who can write to the lake can record any cluster. A run uses and terminates only its own
 * clusters.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { EngineNotice } from '../../../framework/engine/external-resources.ts'
import type { EmrClock } from '../../../framework/engines/spark/emr/api/clock.ts'
import { lakeClusterOwners } from '../../../framework/engines/spark/emr/clusters/cluster-owners.ts'
import { clusterReaper } from '../../../framework/engines/spark/emr/clusters/cluster-reaper.ts'
import { lakeIntents } from '../../../framework/engines/spark/emr/clusters/intents.ts'
import { emrLauncher } from '../../../framework/engines/spark/emr/emr-launcher.ts'
import { reapDeadRuns } from '../../../framework/execute/reap-dead-runs.ts'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { type EmrStandIn, startEmrStandIn } from '../../support/emr/stand-in/emr-stand-in.ts'

const RUN = '20261129T081500000Z-00000a'
const clock: EmrClock = { now: Date.now, wait: async () => undefined }

let directory = ''
let standIn: EmrStandIn
let foreign = ''
const lake = () => localStorage(directory)

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lake-foreign-'))
  standIn = await startEmrStandIn({ runStep: () => ({ command: '/bin/true', args: [] }) })
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_EMR: standIn.url,
  })
})
afterEach(async () => {
  await standIn.close()
  rmSync(directory, { recursive: true })
})

/** Makes a cluster that does not belong to the run. Its name can be that of a cluster that does. */
function makeForeign(name: string, tag?: string): void {
  const tags = tag === undefined ? [] : [{ Key: 'lake:run', Value: tag }]
  foreign = standIn.addCluster({ name, tags }).id
}

const FOREIGN = [
  ['a cluster of another name and tag', 'etl', undefined],
  ['a cluster of the name without the tag', `lake ${RUN}`, undefined],
  ['a cluster of the tag under another name', 'etl', RUN],
  ['a cluster of another run', 'lake 20261129T081500000Z-00000f', '20261129T081500000Z-00000f'],
] as const

it.each(FOREIGN)('a dead run’s record does not make a later run terminate %s', async (_, name, tag) => {
  makeForeign(name, tag)
  await lakeClusterOwners(lake()).put({ runId: RUN, owner: RUN })
  await lakeIntents(lake()).record(`lake ${RUN}/_cluster/1.id`, { clusterId: foreign })
  const notices: EngineNotice[] = []
  const run = { runId: 'NEXT', notify: (notice: EngineNotice) => void notices.push(notice) }
  await reapDeadRuns(clusterReaper({}, lake(), clock), lake(), { ...run, signal: new AbortController().signal })
  expect(standIn.count('TerminateJobFlows')).toBe(0)
  expect(notices).toMatchObject([{ type: 'run-warned', message: expect.stringContaining('_lake/spark/intents') }])
})

it.each(FOREIGN)('a step’s record does not make a run use or terminate %s', async (_, name, tag) => {
  makeForeign(name, tag)
  const step = `lake ${RUN}/songs/1`
  await lakeIntents(lake()).record(step, { clusterId: foreign, ours: true })
  const job = { main: 's3://bucket/main.py', pyFiles: [] }
  const launcher = emrLauncher(
    {},
    {
      ...{ runId: RUN, job, lakeUri: directory, adoptedRuns: [], notify: () => undefined, clock },
      ...{ intents: lakeIntents(lake()), owners: lakeClusterOwners(lake()) },
    },
  )
  const submitted = await launcher.submit({ name: step, arguments: [] })
  expect(submitted.where).not.toContain(foreign)
  await launcher.close()
  await standIn.until(() => standIn.clusters.every(({ state }) => state !== 'TERMINATING'))
  const states = standIn.clusters.map(({ id, state }) => [id === foreign, state])
  expect(states).toContainEqual([true, expect.not.stringMatching(/^TERMINAT/)])
  expect(states).toContainEqual([false, 'TERMINATED'])
})
