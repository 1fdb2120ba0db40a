import { describe, expect, it } from 'vitest'
import type { StepEstimate } from '../../../framework/plan/estimate.ts'
import { graphDocument, graphDot, graphMermaid, graphText } from '../../../framework/report/graph-text.ts'
import { plainPaint } from '../../../framework/report/layout/page.ts'
import { planText } from '../../../framework/report/plan-text.ts'
import { runPrinter } from '../../../framework/report/run/run-text.ts'
import { foldRun, type RunView } from '../../../framework/report/run/run-view.ts'
import { runListText, runText } from '../../../framework/report/run/runs-text.ts'
import { statusText } from '../../../framework/report/status-text.ts'
import { historyText } from '../../../framework/report/tables/history-text.ts'
import { rejectsText } from '../../../framework/report/tables/rejects-text.ts'
import { showText } from '../../../framework/report/tables/show-text.ts'
import type { RunEvent } from '../../../framework/run/events.ts'
import { EVENTS_OF_A_RUN, HISTORY, PLAYS, page, STARTED, sampleGraph, sampleStatus } from './sample.ts'

const lines = (text: string) => text.split('\n')

describe('the status as a table', () => {
  it('gives each asset its state and the reason for it', () => {
    expect(lines(statusText(sampleStatus(), page(100)))).toMatchInlineSnapshot(`
      [
        "s3://lake",
        "asset    state      rows  rejected  partitions  version    age  reason",
        "catalog  fresh    71,000                     1        3  3 min",
        "songs    stale    71,000                     1        3  3 min  changed: the query +1 more",
        "titles   missing       -                     -        -      -  not built yet",
        "events   fresh     8,056        12           1       12  3 min",
        "plays    failed   71,000                     1        3  3 min  plays: 3 rows are wrong",
        "",
        "5 assets: 2 fresh, 1 stale, 1 missing, 1 failed",
        "\`lake rejects events\` lists the lines of events that were refused.",
        "\`lake run 20261123T081200Z-3f9a1c\` shows why plays failed.",
        "\`lake materialize\` brings everything up to date; \`lake plan\` shows what it would do.",
      ]
    `)
  })

  it('has room for the reasons where the terminal is narrow', () => {
    expect(lines(statusText(sampleStatus(), page(64)))).toMatchInlineSnapshot(`
      [
        "s3://lake",
        "asset    state      rows  version    age  reason",
        "catalog  fresh    71,000        3  3 min",
        "songs    stale    71,000        3  3 min  changed: the query +1",
        "                                          more",
        "titles   missing       -        -      -  not built yet",
        "events   fresh     8,056       12  3 min",
        "plays    failed   71,000        3  3 min  plays: 3 rows are",
        "                                          wrong",
        "",
        "5 assets: 2 fresh, 1 stale, 1 missing, 1 failed",
        "\`lake rejects events\` lists the lines of events that were refused.",
        "\`lake run 20261123T081200Z-3f9a1c\` shows why plays failed.",
        "\`lake materialize\` brings everything up to date; \`lake plan\` shows what it would do.",
      ]
    `)
  })

  it('says of what is being built where, for how long, and what it has cost so far, as an estimate', () => {
    const [catalog, songs] = sampleStatus().assets
    if (!catalog || !songs) throw new Error('the sample is another')
    const job = { where: 'step s-1 on cluster j-1', since: '2026-11-23T08:03:00Z' }
    const assets = [
      { ...catalog, state: 'running' as const, job: { ...job, cost: 'about $0.42 (estimate)' } },
      { ...songs, state: 'running' as const, job },
    ]
    expect(lines(statusText({ lake: 's3://lake', assets }, page(140))).slice(2, 4)).toEqual([
      'catalog  running  71,000           1        3  3 min  being built, 12 min, about $0.42 (estimate): step s-1 on cluster j-1',
      'songs    running  71,000           1        3  3 min  being built, 12 min: step s-1 on cluster j-1',
    ])
  })

  it('ends without advice where everything is fresh and no line was refused', () => {
    const assets = sampleStatus().assets.filter(({ state, rejected }) => state === 'fresh' && rejected === 0)
    expect(lines(statusText({ lake: 's3://lake', assets }, page())).at(-1)).toBe('1 asset: 1 fresh')
  })

  it('shows of a fresh source which of its files nobody reads', () => {
    const [source] = sampleStatus().assets
    const assets = source
      ? [{ ...source, warnings: ['1 file is not read, for the name does not match *.json (f.gz)'] }]
      : []
    expect(lines(statusText({ lake: 's3://lake', assets }, page(120)))[2]).toContain('1 file is not read')
  })
})

const UNKNOWN: StepEstimate = {
  certainty: 'at-most',
  keys: null,
  read: { rows: null, bytes: null },
  written: { rows: null, bytes: null },
  files: [],
}

describe('a plan as text', () => {
  it('has every step in order with every cause on a line of its own', () => {
    const steps = STARTED.type === 'run-started' ? STARTED.steps.map((step) => ({ ...step, estimate: UNKNOWN })) : []
    expect(lines(planText({ steps, fresh: ['events'] }, page()))).toMatchInlineSnapshot(`
      [
        "3 steps:",
        "1  catalog  ingest its files",
        "              not built yet",
        "2  songs    rebuild in full, if its upstreams' rows change",
        "              catalog is rebuilt first",
        "3  plays    rebuild in full, if its upstreams' rows change",
        "              songs is rebuilt first",
        "              events is rebuilt first",
        "",
        "1 asset is fresh and stays as it is.",
      ]
    `)
  })

  it('says what a step comes to, and which files have led to it', () => {
    const cause = {
      kind: 'upstream-changed',
      upstream: 'events',
      pending: false,
      fromVersion: 3,
      toVersion: 4,
    } as const
    const step = {
      asset: 'plays',
      conditional: false,
      causes: [{ ...cause, message: 'events changed', columns: null }],
    }
    const file = { source: 'events', path: '2018/11.json', change: 'changed', rowsBefore: 100, rowsAfter: 114 } as const
    const estimate: StepEstimate = {
      certainty: 'exact',
      keys: 12,
      read: { rows: 1_000, bytes: 45_000 },
      written: { rows: 14, bytes: 700 },
      files: [file, { ...file, path: 'b.json', change: 'removed', rowsBefore: 1, rowsAfter: 0 }],
    }
    const partitions = ['year=2018/month=11']
    const bound: StepEstimate = { ...estimate, certainty: 'at-most', read: { rows: null, bytes: null }, files: [] }
    const steps = [
      { ...step, mode: 'keys' as const, partitions, estimate },
      { ...step, mode: 'partitions' as const, partitions, estimate: { ...estimate, files: [] } },
      { ...step, mode: 'keys' as const, partitions: null, conditional: true, estimate: bound },
      { ...step, mode: 'keys' as const, partitions: [], estimate: { ...bound, certainty: 'exact' as const, keys: 0 } },
    ]
    expect(lines(planText({ steps, fresh: [] }, page()))).toMatchInlineSnapshot(`
      [
        "4 steps:",
        "1  plays  replace 12 keys in 2018-11",
        "            reads 1,000 rows (45.0 kB), writes 14 rows (700 B)",
        "            events changed",
        "              events/2018/11.json changed, 14 rows added",
        "              events/b.json removed, 1 row removed",
        "2  plays  replace 1 partition: 2018-11",
        "            reads 1,000 rows (45.0 kB), writes 14 rows (700 B)",
        "            events changed",
        "3  plays  replace at most 12 keys, if its upstreams' rows change",
        "            writes at most 14 rows (700 B)",
        "            events changed",
        "4  plays  replace nothing: the rows come out the same",
        "            writes 14 rows (700 B)",
        "            events changed",
      ]
    `)
  })

  it('says that nothing is to be done, and how to do it anyway', () => {
    expect(planText({ steps: [], fresh: ['a', 'b'] }, page())).toBe(
      'Nothing to do: all 2 assets are fresh. To rebuild anyway: lake materialize --full',
    )
  })
})

describe('a run in a log', () => {
  const printed = (events: readonly RunEvent[]) => {
    const out: string[] = []
    const print = runPrinter((line) => out.push(line), plainPaint)
    for (const event of events) print(event)
    return out
  }

  it('has a line for each event that matters, errors in full and the sum at the end', () => {
    expect(printed(EVENTS_OF_A_RUN)).toMatchInlineSnapshot(`
      [
        "run 20261123T081200Z-3f9a1c: 3 steps on s3://lake with duckdb",
        "catalog  started       not built yet",
        "catalog  warning",
        "  catalog: 2 titles are empty",
        "catalog  materialized  6,820 of 71,000 rows, version 3, 0.4 s",
        "songs    started       catalog is rebuilt first",
        "songs    failed        1.3 s",
        "  songs: 1 row is wrong",
        "    {"id":"␛[31m"}",
        "  Nothing was published.",
        "skipped because songs failed: plays",
        "failed: songs: 1 row is wrong",
        "Failed in 2 min 5 s: 1 failed, 1 skipped, 1 materialized, 1 fresh, 1 warning; 6,820 rows written.",
        "\`lake run 20261123T081200Z-3f9a1c\` shows it in full; once that is mended, \`lake run resume 20261123T081200Z-3f9a1c\` does the rest.",
      ]
    `)
  })

  it('says where the engine works, what it costs, what became of what a dead run left, and what else to know', () => {
    const at = { runId: STARTED.runId, at: STARTED.at }
    const placed = { type: 'job-placed', ...at, where: 'step s-1 on cluster j-1' } as const
    expect(
      printed([
        { ...placed, name: 'lake R/session/1', takenUp: true },
        { ...placed, name: 'lake Q/session/1', takenUp: false },
        { type: 'cost-estimated', ...at, cost: 'about $0.42 (estimate)' },
        { type: 'cluster-ended', ...at, cluster: 'j-2 (lake P)', deadRun: 'P' },
        { type: 'run-warned', ...at, message: 'the cluster j-3 could not be terminated\nand may still cost money' },
      ]),
    ).toEqual([
      'lake R/session/1 is adopted as step s-1 on cluster j-1',
      'lake Q/session/1 runs as step s-1 on cluster j-1',
      'cost so far: about $0.42 (estimate)',
      'ended the cluster j-2 (lake P), which the dead run P had left running',
      'warning',
      '  the cluster j-3 could not be terminated',
      '  and may still cost money',
    ])
  })

  it('is one line where nothing had to run', () => {
    const [started, ...others] = EVENTS_OF_A_RUN
    const last = others.at(-1)
    if (started?.type !== 'run-started' || last?.type !== 'run-finished') throw new Error('the sample run is another')
    const assets = last.assets.map((asset) => ({ ...asset, outcome: 'fresh' as const }))
    expect(
      printed([
        { ...started, steps: [] },
        { ...last, status: 'succeeded', assets },
      ]),
    ).toEqual(['Nothing to do: all 4 assets are fresh.'])
  })
})

describe('past runs', () => {
  const run = foldRun(EVENTS_OF_A_RUN) as RunView

  it('are listed with how they ended; one that never said so is unfinished', () => {
    const runs = [run, { ...run, status: 'running', durationMs: null } as const]
    expect(lines(runListText(runs, page(120)))).toMatchInlineSnapshot(`
      [
        "run                      status        started       took  engine  rows written  assets",
        "20261123T081200Z-3f9a1c  failed      1 min ago  2 min 5 s  duckdb         6,820  1 failed, 1 skipped, 1 materialized, 1…",
        "20261123T081200Z-3f9a1c  unfinished  1 min ago          -  duckdb         6,820  1 failed, 1 skipped, 1 materialized, 1…",
      ]
    `)
    expect(runListText([], page())).toBe('No runs yet: `lake materialize` starts the first.')
  })

  it('keep their ids whole in a narrow terminal', () => {
    expect(runListText([run], page(50))).toContain(run.runId)
  })

  it('can be looked at one by one', () => {
    expect(lines(runText(run, page(100)))).toMatchInlineSnapshot(`
      [
        "run 20261123T081200Z-3f9a1c",
        "lake       s3://lake",
        "engine     duckdb",
        "selection  everything",
        "started    2026-11-23 08:14:00 UTC, 1 min ago",
        "",
        "asset    outcome       rows written    rows  partitions  version   took  because",
        "catalog  materialized         6,820  71,000           1        3  0.4 s  not built yet",
        "events   fresh                    0                   0        7",
        "songs    failed                   0                   0        2  1.3 s  catalog is rebuilt first",
        "plays    skipped                  0                   0        7         songs is rebuilt first +1",
        "                                                                         more",
        "",
        "catalog warning",
        "  catalog: 2 titles are empty",
        "songs failed",
        "  songs: 1 row is wrong",
        "    {"id":"␛[31m"}",
        "  Nothing was published.",
        "skipped because songs failed: plays",
        "",
        "Failed in 2 min 5 s: 1 failed, 1 skipped, 1 materialized, 1 fresh, 1 warning; 6,820 rows written.",
      ]
    `)
  })
})

describe('a run elsewhere that can be looked at', () => {
  const at = { runId: STARTED.runId, at: STARTED.at }
  const events: readonly RunEvent[] = [
    STARTED,
    { type: 'cluster-ended', ...at, cluster: 'j-2 (lake P)', deadRun: 'P' },
    { type: 'run-warned', ...at, message: 'the cluster j-3 could not be terminated' },
    { type: 'job-placed', ...at, name: 'lake R/session/1', where: 'step s-1 on cluster j-1', takenUp: false },
    { type: 'cost-estimated', ...at, cost: 'about $0.42 (estimate)' },
  ]
  const shown = (more: readonly RunEvent[]) => lines(runText(foldRun([...events, ...more]) as RunView, page(100)))

  it('has its cost so far while it goes on, and its cost when it is over', () => {
    expect(shown([])).toContain('cost       about $0.42 (estimate) so far')
    const later = { type: 'cost-estimated', ...at, cost: 'about $0.84 (estimate)' } as const
    expect(shown([later])).toContain('cost       about $0.84 (estimate) so far')
    const finished = { type: 'run-finished', ...at, status: 'succeeded', assets: [], durationMs: 1 } as const
    expect(shown([later, finished])).toContain('cost       about $0.84 (estimate)')
  })

  it('has what became of clusters that a dead run left, and its warnings', () => {
    expect(shown([])).toContain('ended      cluster j-2 (lake P), left running by the dead run P')
    expect(shown([]).join('\n')).toContain('\nwarning\n  the cluster j-3 could not be terminated\n')
  })
})

describe('the page of an asset', () => {
  it('shows all there is to know of a table', () => {
    expect(
      lines(showText({ graph: sampleGraph(), status: PLAYS, file: 'assets/plays.ts', history: HISTORY }, page(90))),
    ).toMatchInlineSnapshot(`
      [
        "plays  table, partitioned by month, tagged fact, declared in assets/plays.ts",
        "One row per play.",
        "",
        "state",
        "  failed, version 3, 71,000 rows, 1 partition, built 3 min ago",
        "  why: asked for with --full",
        "  failed:",
        "    plays: 3 rows are wrong",
        "      {"song":"x"}",
        "",
        "columns",
        "  column  type",
        "  song    text  nullable",
        "  month   int   partition",
        "",
        "upstream",
        "  events  reads song, at",
        "  songs   only for a check",
        "  titles  reads no column",
        "",
        "checks",
        "  month >= 1",
        "  month <= 12",
        "  song stands in songs",
        "  a play has a song: song is not null (else a warning)",
        "",
        "last versions",
        "  version  time (UTC)              age  operation       rows  run or writer",
        "        1  2026-11-23 08:12:00   3 min  WRITE         71,000  20261123T081200Z-3f9a1c",
        "        0  2026-11-20 08:12:00  3 days  CREATE TABLE          Spark",
      ]
    `)
  })

  it('shows of a source which files it reads and how many lines may be refused', () => {
    const status = sampleStatus().assets[3]
    if (status?.key !== 'events') throw new Error('the sample status is another')
    const text = showText({ graph: sampleGraph(), status, history: [] }, page())
    expect(text).toContain('events  source, files *.json, tagged raw')
    expect(text).toContain('12 lines refused')
    expect(text).toContain('at most 1 % of the lines are refused')
    expect(text).not.toContain('upstream')
  })
})

describe('the graph as text', () => {
  it('is a tree with every asset once and every edge once', () => {
    expect(lines(graphText(sampleGraph(), page()))).toMatchInlineSnapshot(`
      [
        "catalog",
        "└─ songs",
        "   └─ titles",
        "      └─ plays  also reads events  checked against songs",
        "events",
      ]
    `)
  })

  it('is there for Mermaid, Graphviz and programs', () => {
    expect(lines(graphMermaid(sampleGraph()))).toMatchInlineSnapshot(`
      [
        "flowchart LR",
        "  asset_catalog[("catalog")]",
        "  asset_events[("events")]",
        "  asset_songs["songs"]",
        "  asset_titles["titles"]",
        "  asset_plays["plays"]",
        "  asset_catalog --> asset_songs",
        "  asset_events --> asset_plays",
        "  asset_songs --> asset_titles",
        "  asset_songs --> asset_plays",
        "  asset_titles --> asset_plays",
      ]
    `)
    expect(lines(graphDot(sampleGraph()))).toMatchInlineSnapshot(`
      [
        "digraph lake {",
        "  rankdir=LR",
        "  node [shape=box]",
        "  "catalog" [shape=cylinder]",
        "  "events" [shape=cylinder]",
        "  "songs"",
        "  "titles"",
        "  "plays"",
        "  "catalog" -> "songs"",
        "  "events" -> "plays"",
        "  "songs" -> "titles"",
        "  "songs" -> "plays"",
        "  "titles" -> "plays"",
        "}",
      ]
    `)
    expect(graphDocument(sampleGraph()).nodes.at(-1)).toEqual({ key: 'plays', kind: 'table', tags: ['fact'] })
    expect(graphDocument(sampleGraph()).edges).toContainEqual({ from: 'songs', to: 'plays' })
  })
})

describe('the rest of the texts', () => {
  it('show the versions of a table, also those that another program wrote', () => {
    expect(lines(historyText('plays', HISTORY, page(100)))).toMatchInlineSnapshot(`
      [
        "version  time (UTC)              age  operation       rows   added  removed  run or writer",
        "      1  2026-11-23 08:12:00   3 min  WRITE         71,000  +1,200       -3  20261123T081200Z-3f9a1c",
        "      0  2026-11-20 08:12:00  3 days  CREATE TABLE               ?        0  Spark",
      ]
    `)
    expect(historyText('plays', [], page())).toContain('lake materialize plays')
  })

  it('show refused lines with where, why and what, cut to the terminal and harmless to it', () => {
    const rejects = [{ file: 'log/a.json', line: 7, reason: 'not JSON', text: `{"ts": \u001b[2J${'x'.repeat(90)}` }]
    expect(lines(rejectsText({ key: 'events', rejects, total: 30 }, page(40)))).toEqual([
      'log/a.json:7  not JSON',
      `    {"ts": ␛[2J${'x'.repeat(24)}…`,
      '',
      '30 lines of events refused; 1 shown, --limit N shows more.',
    ])
    expect(rejectsText({ key: 'events', rejects: [], total: 0 }, page())).toBe('No line of events was refused.')
  })
})
