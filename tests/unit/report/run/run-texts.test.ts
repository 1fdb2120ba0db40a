// What a run prints into a log, and what `lake runs` and `lake run` print.
import { describe, expect, it } from 'vitest'
import { plainPaint } from '../../../../framework/report/layout/page.ts'
import { runPrinter } from '../../../../framework/report/run/run-text.ts'
import { foldRun, type RunView } from '../../../../framework/report/run/run-view.ts'
import { runListText, runText } from '../../../../framework/report/run/runs-text.ts'
import type { RunEvent } from '../../../../framework/run/events.ts'
import { EVENTS_OF_A_RUN, lines, page, STARTED } from '../sample.ts'

describe('a run in a log', () => {
  const printed = (events: readonly RunEvent[]) => {
    const out: string[] = []
    const print = runPrinter((line) => out.push(line), plainPaint)
    for (const event of events) print(event)
    return out
  }

  it('has a line for each important event, full errors, and a summary at the end', () => {
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
        "\`lake run 20261123T081200Z-3f9a1c\` shows it in full; after you have fixed it, \`lake run resume 20261123T081200Z-3f9a1c\` does the rest.",
      ]
    `)
  })

  it('shows where the engine works, its cost, the clusters of a dead run that it ended, and warnings', () => {
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

  it('is one line if the run has no steps', () => {
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

  it('are listed with their result, or as unfinished', () => {
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

  it('keep their full ids in a narrow terminal', () => {
    expect(runListText([run], page(50))).toContain(run.runId)
  })

  it('can be shown one by one', () => {
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

describe('the text of `lake run` for a run on a cluster', () => {
  const at = { runId: STARTED.runId, at: STARTED.at }
  const events: readonly RunEvent[] = [
    STARTED,
    { type: 'cluster-ended', ...at, cluster: 'j-2 (lake P)', deadRun: 'P' },
    { type: 'run-warned', ...at, message: 'the cluster j-3 could not be terminated' },
    { type: 'job-placed', ...at, name: 'lake R/session/1', where: 'step s-1 on cluster j-1', takenUp: false },
    { type: 'cost-estimated', ...at, cost: 'about $0.42 (estimate)' },
  ]
  const shown = (more: readonly RunEvent[]) => lines(runText(foldRun([...events, ...more]) as RunView, page(100)))

  it('has its cost so far while it runs, and its total cost afterwards', () => {
    expect(shown([])).toContain('cost       about $0.42 (estimate) so far')
    const later = { type: 'cost-estimated', ...at, cost: 'about $0.84 (estimate)' } as const
    expect(shown([later])).toContain('cost       about $0.84 (estimate) so far')
    const finished = { type: 'run-finished', ...at, status: 'succeeded', assets: [], durationMs: 1 } as const
    expect(shown([later, finished])).toContain('cost       about $0.84 (estimate)')
  })

  it('has the clusters that a dead run left, and the warnings', () => {
    expect(shown([])).toContain('ended      cluster j-2 (lake P), left running by the dead run P')
    expect(shown([]).join('\n')).toContain('\nwarning\n  the cluster j-3 could not be terminated\n')
  })
})
