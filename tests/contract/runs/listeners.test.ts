// What hooks and lineage receive about a run over real HTTP. They can neither delay the run nor
// make it fail.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type BrokenCheck,
  bigint,
  byKey,
  defineAsset,
  defineSource,
  env,
  type FinishedRun,
  type Hook,
  openLineage,
  sqlCheck,
  text,
  webhook,
} from 'lake'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Lineage } from '../../../framework/declare/runs/lineage.ts'
import { openListeners } from '../../../framework/listen/open-listeners.ts'
import { listRuns, readRun } from '../../../framework/run/run-log.ts'
import { systemTiming, type Timing } from '../../../framework/run/timing.ts'
import { graphOf } from '../../support/lakes/graph-of.ts'
import { TestLake } from '../../support/lakes/test-lake.ts'
import { type Receiver, startReceiver } from '../../support/programs/receiver.ts'
import { python, runPython } from '../../support/python/python.ts'

const lines = defineSource({ key: 'lines', owner: 'team', columns: { id: bigint(), name: text() } })
const names = defineAsset({
  ...{ key: 'names', description: 'One row per name.', columns: { name: text(), n: bigint() }, primaryKey: ['name'] },
  ...{ incremental: byKey('name'), upstream: { lines } },
  checks: [sqlCheck('names are short', 'length(name) < 5', { severity: 'warn' }), sqlCheck('n is small', 'n < 3')],
  query: ({ db }) =>
    db
      .selectFrom('lines')
      .where('id', '>', 0n)
      .groupBy('name')
      .select(({ fn }) => ['name', fn.countAll().as('n')]),
})
const graph = graphOf([lines, names])

let lake: TestLake
let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())
afterEach(() => {
  lake.close()
  vi.unstubAllEnvs()
  receiver.answer(200)
})

interface Listening {
  readonly hooks?: readonly Hook[]
  readonly lineage?: Lineage
  readonly timing?: Timing
  readonly names?: readonly string[]
}

async function run({ hooks = [], lineage, timing = systemTiming, names = ['ann', 'bob'] }: Listening) {
  lake = new TestLake()
  lake.write(
    'lines/a.json',
    names.map((name, index) => ({ id: index + 1, name })),
  )
  const { lake: storage, source } = lake.storages
  const sourceUri = (key: string) => source(key).uri
  const before = receiver.received.length
  const listening = { hooks, lineage, graph, lake: storage.uri, sourceUri, root: lake.directory, timing }
  const ran = await lake.run(graph, { listen: openListeners(listening) })
  const sent = receiver.received.slice(before)
  return { ...ran, sent, bodies: sent.map(({ body }) => JSON.parse(body)) }
}

const warnings = (events: readonly { readonly type: string }[]) =>
  events.flatMap((event) =>
    event.type === 'run-warned' ? [(event as { readonly message?: string }).message ?? ''] : [],
  )

describe('a webhook', () => {
  it('receives a text and facts, once for each event that it asks for', async () => {
    vi.stubEnv('CHAT_URL', `${receiver.url}/services/T0/secret`)
    vi.stubEnv('CHAT_TOKEN', 'a-secret-token')
    const on = ['run-finished', 'check-failed', 'asset-failed'] as const
    const hook = webhook({ url: env('CHAT_URL'), on: [...on], headers: { 'x-token': env('CHAT_TOKEN') } })
    const { sent, bodies, result } = await run({ hooks: [hook], names: ['ann', 'ann', 'ann', 'barbara'] })
    expect(result.status).toBe('failed')
    expect(sent[0]).toMatchObject({ path: '/services/T0/secret', headers: { 'x-token': 'a-secret-token' } })
    expect(bodies).toMatchObject([
      {
        event: 'check-failed',
        asset: 'names',
        check: expect.stringContaining('names are short'),
        severity: 'warn',
        rows: 1,
      },
      { event: 'check-failed', asset: 'names', check: 'n is small', severity: 'error', rows: 1 },
      { event: 'asset-failed', asset: 'names', error: { code: 'check-failed' } },
      {
        event: 'run-failed',
        status: 'failed',
        error: { asset: 'names' },
        assets: [{ key: 'lines' }, { key: 'names' }],
      },
    ])
    expect(bodies[3].text).toMatch(
      /^lake: the run on .* failed in .*: 1 materialized, 1 failed; 4 rows written\.\nFailed: names\./,
    )
  })

  it('causes a warning without its secret, and no failure of the run, if it fails', async () => {
    receiver.answer(500)
    const url = `${receiver.url}/services/T0/secret`
    const { events, result } = await run({ hooks: [webhook({ url, on: ['run-finished'] })] })
    expect(result.status).toBe('succeeded')
    expect(warnings(events)).toEqual([
      expect.stringMatching(/^the webhook 127\.0\.0\.1:\d+ failed: .* status 500\. Check .*[^.]\. The run/),
    ])
    expect(events.at(-1)?.type).toBe('run-finished')
    const [id = ''] = await listRuns(lake.lake)
    const stored = await readRun(lake.lake, id)
    expect(warnings(stored)).toHaveLength(1)
    expect(JSON.stringify(stored)).not.toContain('secret')
  })

  it('is given up if it never answers, and the run releases its claims before that', async () => {
    receiver.answer('never')
    let claims: readonly string[] = ['unknown']
    const timing = {
      ...systemTiming,
      sleep: async () => {
        claims = (await lake.lake.names('_lake/claims')).filter((name) => name.endsWith('.json'))
      },
    }
    const hooks = [webhook({ url: receiver.url, on: ['run-finished'] })]
    const { events, result } = await run({ hooks, timing })
    expect(result.status).toBe('succeeded')
    expect(warnings(events)).toEqual([expect.stringContaining('gave no answer in time')])
    expect(claims).toEqual([])
  })

  it('reports that its variable is not set', async () => {
    const { events, sent } = await run({ hooks: [webhook({ url: env('NO_SUCH_URL') })] })
    expect(sent).toEqual([])
    expect(warnings(events)).toEqual(['nothing is sent to a webhook: the environment variable NO_SUCH_URL is not set'])
  })
})

describe('a hook of the project', () => {
  it('is called with typed facts, and its failure does not change the run', async () => {
    const received: (FinishedRun | BrokenCheck)[] = []
    const hooks: readonly Hook[] = [
      { onRunFinished: (run) => void received.push(run), onCheckFailed: async (check) => void received.push(check) },
      {
        onRunFinished: () => {
          throw new Error('no such channel')
        },
      },
    ]
    const { events, result } = await run({ hooks, names: ['barbara'] })
    expect(received).toMatchObject([
      { asset: 'names', severity: 'warn', message: 'it fails for 1 row' },
      {
        status: 'succeeded',
        assets: [
          { key: 'lines', rowsWritten: 1 },
          { key: 'names', outcome: 'materialized' },
        ],
      },
    ])
    expect(warnings(events)).toEqual(['onRunFinished failed: no such channel. The run is not affected'])
    expect(result.status).toBe('succeeded')
  })
})

describe('OpenLineage events', () => {
  const program = python('no OpenLineage client reads the events')

  function problemsOf(events: readonly object[]) {
    const file = join(lake.directory, 'events.ndjson')
    writeFileSync(file, events.map((event) => JSON.stringify(event)).join('\n'))
    return runPython(program ?? '', 'validate_lineage.py', [file]) as readonly (string | null)[]
  }

  it.skipIf(!program)('are valid for the classes of the OpenLineage client, even if the run fails', async () => {
    const lineage = openLineage({ url: receiver.url, namespace: 'tests', apiKey: 'key-of-tests' })
    const passed = await run({ lineage, names: ['ann', 'barbara'] })
    expect(passed.sent.map(({ path }) => path)).toEqual(passed.sent.map(() => '/api/v1/lineage'))
    expect(passed.sent[0]?.headers.authorization).toBe('Bearer key-of-tests')
    const problems = problemsOf(passed.bodies)
    expect(problems).toEqual(passed.bodies.map(() => null))
    const [first] = passed.bodies
    const spoiled = [
      { ...first, run: { ...first.run, runId: 'no uuid' } },
      { ...first, job: { ...first.job, facets: { jobType: { ...first.job.facets.jobType, processingType: 7 } } } },
      { ...first, owner: 'x' },
    ]
    expect(problemsOf(spoiled)).not.toContain(null)
    lake.close()
    const failed = await run({ lineage, names: ['ann', 'ann', 'ann'] })
    expect(problemsOf(failed.bodies)).toEqual(failed.bodies.map(() => null))
    expect(failed.bodies.map(({ eventType, job }) => `${job.name} ${eventType}`)).toEqual([
      ...['lake.materialize START', 'lines START', 'lines COMPLETE', 'names START', 'names FAIL'],
      ...['names.checks COMPLETE', 'lake.materialize FAIL'],
    ])
  })

  it('contain columns, lineage, rows and the results of checks', async () => {
    const { bodies } = await run({ lineage: openLineage({ url: receiver.url }), names: ['ann', 'barbara'] })
    const event = (job: string, type: string) =>
      bodies.find(({ eventType, job: { name } }) => name === job && eventType === type)
    const table = { namespace: 'file', name: `${lake.lake.uri}/names` }
    const upstream = { namespace: 'file', name: `${lake.lake.uri}/lines` }
    const ended = event('names', 'COMPLETE')
    expect(ended.run.facets.parent.run.runId).toBe(event('lake.materialize', 'START').run.runId)
    expect(ended.inputs).toEqual([upstream])
    expect(ended.outputs).toMatchObject([
      {
        ...table,
        facets: {
          schema: {
            fields: [
              { name: 'name', type: 'text' },
              { name: 'n', type: 'bigint' },
            ],
          },
          columnLineage: {
            fields: {
              name: {
                inputFields: [
                  { ...upstream, field: 'name', transformations: [{ type: 'DIRECT', subtype: 'IDENTITY' }] },
                ],
              },
              n: { inputFields: [] },
            },
            dataset: [
              { field: 'id', transformations: [{ type: 'INDIRECT', subtype: 'FILTER' }] },
              { field: 'name', transformations: [{ type: 'INDIRECT', subtype: 'GROUP_BY' }] },
            ],
          },
          version: { datasetVersion: '0' },
        },
        outputFacets: { outputStatistics: { rowCount: 2 } },
      },
    ])
    expect(event('lines', 'COMPLETE').inputs).toEqual([{ namespace: 'file', name: lake.storages.source('lines').uri }])
    const [checked] = event('names.checks', 'COMPLETE').inputs
    expect(checked).toMatchObject(table)
    expect(checked.inputFacets.dataQualityMetrics.rowCount).toBe(2)
    expect(checked.inputFacets.dataQualityAssertions.assertions).toMatchObject([
      { assertion: 'name is unique', success: true },
      { assertion: expect.stringContaining('names are short'), success: false, severity: 'warn', actual: '1 row' },
      { assertion: 'n is small: n < 3', success: true },
    ])
  })

  it('are lines of a file, added at its end', async () => {
    const first = await run({ lineage: openLineage({ file: 'out/lineage.ndjson' }) })
    const file = () => readFileSync(join(lake.directory, 'out/lineage.ndjson'), 'utf8').trim().split('\n')
    expect(file().map((line) => JSON.parse(line).job.name)).toContain('names.checks')
    expect(warnings(first.events)).toEqual([])
  })

  it('cause a warning of the run if lake cannot write them', async () => {
    const { events, result } = await run({ lineage: openLineage({ file: 'input/lines/a.json/lineage.ndjson' }) })
    expect(result.status).toBe('succeeded')
    expect(warnings(events)).toMatchObject(
      [/^the lineage file/, /more messages did not reach/].map((form) => expect.stringMatching(form)),
    )
  })
})
