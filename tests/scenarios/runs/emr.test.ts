// A lake on a real S3 server is refreshed by a stand-in of EMR with real Spark.
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import {
  clusterStates,
  leftovers,
  NEWER,
  ON_SHARED_SPARK,
  sharedSite,
  standings,
  stepNames,
  stepStates,
  verified,
} from '../../support/emr/cloud.ts'
import { fileSystemSettings } from '../../support/emr/local-emr.ts'
import { modes } from '../../support/lakes/test-run.ts'
import type { LakeResult } from '../../support/programs/lake-process.ts'
import { eventsOf, outcomes, started } from '../../support/programs/run-events.ts'
import { edit } from '../../support/projects/project-copy.ts'
import { playLine, songLine } from '../../support/projects/source-lines.ts'
import { python, runPython } from '../../support/python/python.ts'
import { sharedS3Server } from '../../support/shared/s3.ts'
import { DeltaSpark, type ReadRows } from '../../support/spark/delta-spark.ts'
import { oneSpark, sparkEnvironments } from '../../support/spark/spark.ts'

const s3 = await sharedS3Server()
// Installing these packages takes longer than the limit of a test.
const sparks = sparkEnvironments()
const deltaSparks = s3 ? oneSpark('4.1') : []
const delta = python()

const TABLES = ['song_data', 'log_data', 'songs', 'artists', 'users', 'time', 'songplays']

const inOrder = ({ rows }: ReadRows) => rows.map((row) => JSON.stringify(row)).sort()

describe.skipIf(!s3 || sparks.length === 0)('a lake on S3 that EMR refreshes', () => {
  const { open, bucket } = sharedSite(s3, sparks)

  it('is built by one step on a cluster of its own, and every engine reads the same rows from it', async () => {
    const cloud = await open({ cluster: { kind: 'transient', release: NEWER } })
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
    for (const spark of deltaSparks) {
      const delta = await DeltaSpark.open(spark, onS3())
      onTestFinished(() => delta.close())
      const bySpark = await delta.read(uris)
      expect(bySpark.map(({ columns }) => columns)).toEqual(read.map(({ columns }) => columns))
      expect(bySpark.map(inOrder)).toEqual(read.map(inOrder))
    }
  })

  it('is built by one step for each asset on a cluster that stays up', async () => {
    const cloud = await open({ cluster: { kind: 'running', name: 'ours' }, onSharedSpark: true })
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

  it('follows late events by key if the user asks for that, in turns with the embedded engine', async () => {
    const input = openStorage(`s3://${bucket()}/${crypto.randomUUID()}`)
    const plays = [playLine(), playLine({ ts: 1_542_837_407_800, itemInSession: 1 })]
    await input.put('song_data/a.json', songLine())
    await input.put('log_data/2018/11/a.json', plays.join('\n'))
    await input.put('log_data/2018/10/a.json', playLine({ ts: 1_540_000_000_000, sessionId: 2 }))
    const cloud = await open({
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

  it('reports a query that Spark refuses, with its SQL and the file of the asset', async () => {
    const cloud = await open(ON_SHARED_SPARK)
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
})

const onS3 = (): Readonly<Record<string, string>> => ({
  ...fileSystemSettings(s3?.endpoint ?? ''),
  'fs.s3a.access.key': s3?.env.AWS_ACCESS_KEY_ID ?? '',
  'fs.s3a.secret.key': s3?.env.AWS_SECRET_ACCESS_KEY ?? '',
})

/** delta-rs needs its own variables to find S3. */
function readByDeltaRs(uris: readonly string[]): readonly ReadRows[] {
  Object.assign(process.env, { AWS_ENDPOINT_URL: s3?.endpoint, AWS_ALLOW_HTTP: 'true' })
  const read = runPython(delta ?? '', 'read_delta.py', ['deltalake', ...uris])
  return (read as readonly { readonly deltalake: ReadRows }[]).map(({ deltalake }) => deltalake)
}
