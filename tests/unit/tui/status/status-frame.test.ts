// What the status screen shows at each size.
import { describe, expect, it } from 'vitest'
import { cellsOf } from '../../../../framework/report/layout/display-width.ts'
import { colourPaint } from '../../../../framework/report/layout/page.ts'
import { foldRun } from '../../../../framework/report/run/run-view.ts'
import type { AssetStatus } from '../../../../framework/report/status.ts'
import type { AssetFacts } from '../../../../framework/report/tables/asset-facts.ts'
import { paintedCells } from '../../../../framework/tui/columns-of-lines.ts'
import { foldStatus } from '../../../../framework/tui/status/model/fold-status.ts'
import { openingModel } from '../../../../framework/tui/status/model/status-model.ts'
import { EVENTS_OF_A_RUN, NOW, RUN, sampleStatus } from '../../report/sample.ts'
import { GRAPH, keys, linesOf, sampleReading, screenAfter } from './sample-reading.ts'

const SIZE = { width: 80, height: 23 }

const FACTS: AssetFacts = {
  ...{ key: 'plays', version: 3 },
  versions: [3, 2, 1, 0].map((version) => ({
    ...{ version, at: new Date(NOW.getTime() - (4 - version) * 3_600_000), writer: RUN },
    ...{ rows: 1_000 * (version + 1), rowsAdded: 1_000, rowsRemoved: 0, durationMs: 100 * (version + 1) },
  })),
  partitions: Array.from({ length: 12 }, (_, month) => ({ values: ['2018', String(month + 1)], rows: month * 10 })),
  rejects: [{ place: 'a.json:17', reason: 'song is missing', text: '{"at": 1}' }],
  sql: ['select "song"', 'from "events"'],
  problems: [],
}

const withAssets = (...changes: readonly (readonly [string, Partial<AssetStatus>])[]) => {
  const changed = new Map(changes)
  return sampleReading({ assets: sampleStatus().assets.map((asset) => ({ ...asset, ...changed.get(asset.key) })) })
}

describe('the status screen', () => {
  it('draws the lineage before the first reading, and no state', () => {
    const lines = linesOf(openingModel({ width: 60, height: 18 }, { lake: 's3://lake', graph: GRAPH }))
    expect(lines.slice(0, 8)).toEqual([
      's3://lake',
      'reading the lake',
      expect.stringMatching(/^ {2}asset +state +rows/),
      '  · catalog',
      '  └─· songs',
      '    ├─· titles',
      '  · │ │ events',
      '  └─┴─┴─· plays',
    ])
    expect(lines.join()).not.toMatch(/fresh|stale|missing/)
  })

  it('draws lineage, states, figures and reasons, and below them the selected asset', () => {
    const { lines } = screenAfter(SIZE, ...keys('j'))
    expect(lines().slice(0, 15)).toEqual([
      's3://lake                                                                   live',
      '5 assets: 2 fresh, 1 stale, 1 missing, 1 failed                no scheduler runs',
      '  asset          state       rows  rejected  checks     age  reason',
      '↑ ✓ catalog      fresh     71,000                     3 min',
      '❯ └─~ songs      stale     71,000                     3 min  changed: the query…',
      '↓   ├─· titles   missing        -                         -  not built yet',
      '  ✓ │ │ events   fresh      8,056        12           3 min',
      '↓ └─┴─┴─✗ plays  failed    71,000            failed   3 min  plays: 3 rows are …',
      '── 2 of 5 ───────────────────────────────────────────────────── 7 lines below ──',
      'songs  table, stale, version 3, 71,000 rows, built 3 min ago, run',
      expect.stringContaining(RUN),
      '',
      'why stale',
      '  changed: the query',
      '  catalog changed (version 2 -> 3, 70 -> 71 rows)',
    ])
    expect(lines().at(-1)).toContain('q leave')
  })

  it.each([
    [20, 6],
    [40, 24],
    [80, 24],
    [120, 40],
    [200, 60],
  ])('fits %i columns and %i lines with any content', (width, height) => {
    const events = [
      [],
      keys('G'),
      keys('ENTER'),
      keys('?'),
      keys('f'),
      keys('M'),
      keys('L'),
      keys('/', 'nothing has this'),
      [...keys('G'), { kind: 'facts', facts: FACTS } as const, ...keys('ENTER')],
      [{ kind: 'runs', runs: [foldRun(EVENTS_OF_A_RUN.slice(0, 3))].flatMap((run) => run ?? []) } as const],
    ]
    for (const some of events) {
      const { model } = screenAfter({ width, height }, ...some)
      const lines = linesOf(model)
      expect(lines).toHaveLength(height)
      for (const line of lines) expect(cellsOf(line), line).toBeLessThanOrEqual(width)
      for (const line of linesOf(model, { paint: colourPaint })) expect(paintedCells(line)).toBeLessThanOrEqual(width)
    }
  })

  it('fills a large screen with all facts about the asset', () => {
    const { model } = screenAfter({ width: 120, height: 40 }, ...keys('G'), { kind: 'facts', facts: FACTS })
    const text = linesOf(model).join('\n')
    for (const part of [
      ...['✓ song stands in songs', '✓ a play has a song', 'rows  ▃▅▆█  1,000 to 4,000', 'took  ▃▅▆█  0.1 s to 0.4 s'],
      ...['2018-12 █ 110', 'a.json:17', 'song is missing', '{"at": 1}', 'reads song, at', 'from "events"'],
    ]) {
      expect(text).toContain(part)
    }
  })

  it('says of each check whether the current rows have passed it', () => {
    const reading = withAssets([
      'plays',
      {
        ...{ failure: null, unchecked: ['month <= 12'] },
        checks: [{ check: 'a play has a song', severity: 'warn', rows: 3 }],
      },
    ])
    const text = screenAfter({ width: 120, height: 40 }, { kind: 'read', reading }, ...keys('G'))
      .lines()
      .join('\n')
    expect(text).toContain('✗ a play has a song: fails for 3 rows')
    expect(text).toContain('· month <= 12, not checked yet')
    expect(text).toContain('✓ month >= 1')
  })

  it('shows how to refresh an asset only if a scheduler runs', () => {
    const idle = screenAfter({ width: 120, height: 30 })
    expect(idle.lines().join('\n')).not.toContain(' next ')
    const reading = {
      ...sampleReading({ scheduler: { host: 'h', pid: 7 } }),
      nextRefreshes: new Map([['songs', new Date('2026-11-24T02:00:00Z')]]),
    }
    const lines = screenAfter({ width: 120, height: 30 }, { kind: 'read', reading }).lines()
    expect(lines[1]).toMatch(/next refresh in 17 h 45 min: nightly$/)
    expect(lines[2]).toMatch(/age +next/)
    expect(lines[4]).toMatch(/songs .* in 17 h /)
  })

  it('shows missed ticks of schedules above the assets', () => {
    const missed = { count: 2, first: '2026-11-21T02:00:00.000Z', last: '2026-11-22T02:00:00.000Z' }
    const reading = sampleReading({ schedules: [{ name: 'nightly', next: null, last: null, missed }] })
    const lines = screenAfter({ width: 120, height: 30 }, { kind: 'read', reading }).lines()
    expect(lines[2]).toBe('schedule nightly: 2 ticks were not run since 2026-11-21 02:00 UTC')
    expect(lines[3]).toMatch(/asset +state/)
  })

  it('shows the steps of a run as they go: at work, waiting, done and failed', () => {
    const show = (events: number) => {
      const run = foldRun(EVENTS_OF_A_RUN.slice(0, events))
      return screenAfter({ width: 120, height: 30 }, { kind: 'runs', runs: run ? [run] : [] }).lines()
    }
    const early = show(3)
    expect(early[2]).toContain(`▸ ░░░░░░░░░░ 0 of 3 done, 1 min: 1 running`)
    expect(early[2]).toContain('of another process')
    expect(early[4]).toMatch(/▸ catalog +running .* ████░░░░ 1,500 of 3,000 files, 59 s$/)
    expect(early[5]).toMatch(/… songs +waiting .* waits for its turn$/)
    const late = show(7)
    expect(late[4]).toMatch(/✓ catalog +fresh +71,000 .* took 0.4 s$/)
    expect(late[5]).toMatch(/✗ songs +failed .* songs: 1 row is wrong$/)
  })

  it('shows foreign text without control characters', () => {
    const bad = '\u001b[31mred\u0007\nsecond line'
    const reading = withAssets([
      'plays',
      { failure: { runId: RUN, at: NOW.toISOString(), error: { code: 'bug', message: bad } } },
    ])
    const facts = { ...FACTS, rejects: [{ place: bad, reason: bad, text: bad }], partitions: [], sql: [bad] }
    for (const more of [[], keys('f'), keys('ENTER')]) {
      const { lines } = screenAfter(
        { width: 120, height: 40 },
        { kind: 'read', reading },
        ...keys('G'),
        { kind: 'facts', facts },
        ...more,
      )
      expect(lines()).toHaveLength(40)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
      expect(lines().join('')).not.toMatch(/[\u0000-\u001f\u007f]/)
    }
  })

  it('draws only the visible assets of two thousand, and keeps the selected asset on the screen', () => {
    const [first] = sampleStatus().assets
    const assets = Array.from({ length: 2_000 }, (_, index) => ({ ...(first as AssetStatus), key: `t${index}` }))
    const graph = { assets: [], upstream: () => [], downstream: () => [], has: () => false } as unknown as typeof GRAPH
    const reading = { ...sampleReading({ assets }), graph }
    const { model, lines } = screenAfter({ width: 60, height: 20 }, { kind: 'read', reading }, ...keys('G', 'k'))
    expect(lines()).toHaveLength(20)
    expect(model.selected).toBe('t1998')
    expect(lines().join('\n')).toContain('❯ ✓ t1998')
    expect(lines().join('\n')).toContain('1,999 of 2,000')
    const wide = foldStatus(model, { kind: 'resized', size: { width: 160, height: 40 } }).model
    const row = linesOf(wide).findIndex((line) => line.includes('❯ ✓ t1998'))
    expect(row).toBeGreaterThan(0)
    // With many assets on a wide screen, the details are to the right of them.
    expect(linesOf(wide)[2]).toMatch(/asset .*── 1,999 of 2,000 ─+$/)
  })
})
