/** A graph and a page for the tests of reports. */
import { bigint, defineAsset, defineSource, int, references, sqlCheck, text } from 'lake'
import type { HistoryEntry } from '../../../framework/delta/history.ts'
import { type AssetGraph, buildGraph } from '../../../framework/graph/asset-graph.ts'
import { type Page, plainPaint } from '../../../framework/report/layout/page.ts'
import { foldRun } from '../../../framework/report/run/run-view.ts'
import type { AssetStatus, StatusReport } from '../../../framework/report/status.ts'
import type { AssetResult, RunEvent, StepFinished } from '../../../framework/run/events.ts'

export const NOW = new Date('2026-11-23T08:15:00Z')
export const RUN = '20261123T081200Z-3f9a1c'

export const page = (width = 80): Page => ({ width, paint: plainPaint, now: NOW })

/**
 * Two sources and three tables. `plays` reads a source and a table, and refers to the other table.
 */
export function sampleGraph(): AssetGraph {
  const catalog = defineSource({
    key: 'catalog',
    description: 'Songs, a file each.',
    columns: { id: text(), title: text() },
  })
  const events = defineSource({ key: 'events', columns: { song: text().nullable(), at: bigint() }, tags: ['raw'] })
  const songs = defineAsset({
    key: 'songs',
    columns: { id: text(), title: text() },
    primaryKey: ['id'],
    upstream: { catalog },
    query: ({ db }) => db.selectFrom('catalog').select(['id', 'title']),
  })
  const titles = defineAsset({
    key: 'titles',
    columns: { title: text() },
    upstream: { songs },
    query: ({ db }) => db.selectFrom('songs').select(['title']),
  })
  const plays = defineAsset({
    key: 'plays',
    description: 'One row per play.',
    tags: ['fact'],
    columns: { song: text().nullable(), month: int().min(1).max(12) },
    partitionBy: ['month'],
    upstream: { events, titles },
    checks: [references('song', songs), sqlCheck('a play has a song', 'song is not null', { severity: 'warn' })],
    query: ({ db, fn }) =>
      db
        .selectFrom('events')
        .select(['song'])
        .select(({ ref }) => fn.month(fn.timestampMillis(ref('at'))).as('month')),
  })
  const result = buildGraph([catalog, events, songs, titles, plays])
  if (result.kind === 'problems') throw new Error(result.problems.map(({ message }) => message).join('\n'))
  return result.graph
}

export function sampleStatus(): StatusReport {
  return { lake: 's3://lake', assets: [CATALOG, SONGS, TITLES, EVENTS, PLAYS] }
}

const FRESH: AssetStatus = {
  key: 'catalog',
  kind: 'source',
  state: 'fresh',
  version: 3,
  rows: 71_000,
  rejected: 0,
  partitions: 1,
  materializedAt: '2026-11-23T08:12:00Z',
  causes: [],
  failure: null,
  checks: [],
  unchecked: [],
  runId: RUN,
}

const CATALOG = FRESH
const EVENTS: AssetStatus = { ...FRESH, key: 'events', rows: 8_056, rejected: 12, version: 12 }
const SONGS: AssetStatus = {
  ...FRESH,
  key: 'songs',
  kind: 'table',
  state: 'stale',
  rejected: null,
  causes: [
    { kind: 'code-changed', message: 'changed: the query', changes: ['the query'] },
    {
      kind: 'upstream-changed',
      message: 'catalog changed (version 2 -> 3, 70 -> 71 rows)',
      upstream: 'catalog',
      pending: false,
      fromVersion: 2,
      toVersion: 3,
      columns: null,
    },
  ],
}
const TITLES: AssetStatus = {
  ...FRESH,
  key: 'titles',
  kind: 'table',
  state: 'missing',
  version: null,
  rows: null,
  rejected: null,
  partitions: null,
  materializedAt: null,
  runId: null,
  causes: [{ kind: 'missing', message: 'not built yet' }],
}
export const PLAYS: AssetStatus = {
  ...FRESH,
  key: 'plays',
  kind: 'table',
  state: 'failed',
  rejected: null,
  causes: [{ kind: 'forced', message: 'asked for with --full' }],
  failure: {
    runId: RUN,
    at: '2026-11-23T08:14:00Z',
    error: { code: 'check-failed', message: 'plays: 3 rows are wrong\n  {"song":"x"}' },
  },
}

const at = (second: number) => ({ runId: RUN, at: `2026-11-23T08:14:${String(second).padStart(2, '0')}.000Z` })

export const STARTED: RunEvent = {
  type: 'run-started',
  ...at(0),
  lake: 's3://lake',
  engine: 'duckdb',
  selection: [],
  steps: [
    {
      asset: 'catalog',
      mode: 'ingest',
      partitions: null,
      conditional: false,
      causes: [{ kind: 'missing', message: 'not built yet' }],
    },
    { asset: 'songs', mode: 'full', partitions: null, conditional: true, causes: [REBUILT('catalog')] },
    {
      asset: 'plays',
      mode: 'full',
      partitions: null,
      conditional: true,
      causes: [REBUILT('songs'), REBUILT('events')],
    },
  ],
}

function REBUILT(upstream: string) {
  return {
    ...({ kind: 'upstream-changed', message: `${upstream} is rebuilt first`, upstream, pending: true } as const),
    ...{ fromVersion: null, toVersion: null, columns: null },
  }
}

const CATALOG_RESULT: AssetResult = {
  key: 'catalog',
  outcome: 'materialized',
  version: 3,
  rowsWritten: 6_820,
  partitionsWritten: 1,
}
const SONGS_RESULT: AssetResult = { key: 'songs', outcome: 'failed', version: 2, rowsWritten: 0, partitionsWritten: 0 }
const NOTHING: AssetResult = { key: 'events', outcome: 'fresh', version: 7, rowsWritten: 0, partitionsWritten: 0 }
const SKIPPED: AssetResult = { ...NOTHING, key: 'plays', outcome: 'skipped', because: ['songs'] }

export const finished = (result: AssetResult, second: number, more: Partial<StepFinished>): RunEvent => ({
  ...{ type: 'step-finished', ...at(second), asset: result.key, ...result, rows: null, durationMs: 400 },
  ...more,
})

/** catalog is materialized with a warning, songs fails, plays is skipped, events was fresh. */
export const EVENTS_OF_A_RUN: readonly RunEvent[] = [
  STARTED,
  {
    type: 'step-started',
    ...at(1),
    asset: 'catalog',
    mode: 'ingest',
    causes: [{ kind: 'missing', message: 'not built yet' }],
  },
  { type: 'step-progressed', ...at(2), asset: 'catalog', done: 1_500, total: 3_000, unit: 'files' },
  { type: 'step-warned', ...at(3), asset: 'catalog', message: 'catalog: 2 titles are empty' },
  finished(CATALOG_RESULT, 4, { rows: 71_000 }),
  { type: 'step-started', ...at(4), asset: 'songs', mode: 'full', causes: [REBUILT('catalog')] },
  finished(SONGS_RESULT, 5, {
    durationMs: 1_300,
    error: {
      code: 'check-failed',
      message: 'songs: 1 row is wrong\n  {"id":"\u001b[31m"}\nNothing was published.',
      asset: 'songs',
    },
  }),
  {
    type: 'run-finished',
    ...at(6),
    status: 'failed',
    assets: [CATALOG_RESULT, NOTHING, SONGS_RESULT, SKIPPED],
    durationMs: 125_000,
  },
]

/** The view of that run after some of its events. */
export const viewAfter = (events: number) => foldRun(EVENTS_OF_A_RUN.slice(0, events))

export const HISTORY: readonly HistoryEntry[] = [
  {
    version: 1,
    timestamp: Date.parse('2026-11-23T08:12:00Z'),
    filesAdded: 2,
    filesRemoved: 1,
    bytesAdded: 0,
    bytesRemoved: 0,
    rowsAdded: 1_200,
    rowsRemoved: 3,
    commitInfo: {
      timestamp: 0,
      operation: 'WRITE',
      lake: {
        format: 1,
        runId: RUN,
        engine: 'duckdb',
        code: { version: 'v', query: 'q', columns: [], partitionBy: [] },
        content: { algorithm: 'a', rows: 71_000, columns: {} },
        partitions: 1,
        inputs: {},
      },
    },
  },
  {
    version: 0,
    timestamp: Date.parse('2026-11-20T08:12:00Z'),
    filesAdded: 1,
    filesRemoved: 0,
    bytesAdded: 0,
    bytesRemoved: 0,
    rowsAdded: undefined,
    rowsRemoved: 0,
    commitInfo: { timestamp: 0, operation: 'CREATE TABLE', engineInfo: 'Spark' },
  },
]

export const lines = (text: string): readonly string[] => text.split('\n')
