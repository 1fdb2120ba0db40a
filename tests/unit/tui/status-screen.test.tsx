import { render } from 'ink-testing-library'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { plainPaint } from '../../../framework/report/layout/page.ts'
import type { StatusReport } from '../../../framework/report/status.ts'
import { StatusScreen, type StatusScreenProps } from '../../../framework/tui/status/status-screen.tsx'
import { NOW, sampleGraph, sampleStatus } from '../report/sample.ts'

const KEYS = {
  down: '\u001b[B',
  up: '\u001b[A',
  pageDown: '\u001b[6~',
  end: '\u001b[F',
  escape: '\u001b',
  interrupt: '\u0003',
  enter: '\r',
}

/** Only how long to wait before giving up, on a busy machine. */
const PATIENT = { timeout: 240_000, interval: 10 }

let unmount: (() => void) | undefined
afterEach(() => unmount?.())

async function open(props: Partial<StatusScreenProps> = {}) {
  const sample = sampleGraph()
  const graph = () => sample
  const load = async () => sampleStatus()
  const nextRefresh = () => ({ name: 'nightly', at: new Date('2026-11-24T02:00:00Z') })
  const size = { width: 80, height: 23 }
  const screen = render(
    <StatusScreen {...{ graph, load, nextRefresh, size }} paint={plainPaint} now={() => NOW} {...props} />,
  )
  unmount = screen.unmount
  const lines = () => (screen.lastFrame() ?? '').split('\n').map((line) => line.trimEnd())
  await vi.waitFor(() => expect(lines().join()).toContain(' age'), PATIENT)
  const shows = (text: string) => vi.waitFor(() => expect(screen.lastFrame()).toContain(text), PATIENT)
  return { ...screen, lines, shows, press: screen.stdin.write }
}

describe('the status on the screen', () => {
  it('promises a refresh only if a scheduler runs', async () => {
    const scheduler = { host: 'h', pid: 7 }
    const running = await open({ load: async () => ({ ...sampleStatus(), scheduler }) })
    expect(running.lines()[2]).toBe('next refresh in 17 h 45 min: nightly')
    running.unmount()
    const idle = await open({
      load: async () => ({ ...sampleStatus(), scheduler: null }),
      nextRefresh: () => undefined,
    })
    expect(idle.lines()[2]).toBe('no refresh is scheduled')
  })

  it('names the tables that no asset declares; without such tables, the list has one line more', async () => {
    const { lines } = await open({ load: async () => ({ ...sampleStatus(), undeclared: ['songs', 'time'] }) })
    expect(lines()[2]).toBe('in the lake, but declared by no asset: songs, time (`lake drop KEY` removes one)')
    expect(lines()[4]).toContain('asset')
    expect(lines()).toHaveLength(23)
    expect(lines().at(-1)).toContain('q leave')
  })

  it('says that a table is moved from its former key', async () => {
    const [first, ...others] = sampleStatus().assets
    if (!first) throw new Error('the sample has no assets')
    const renamed = { ...first, movedFrom: 'old', warnings: ['it is moved from old by the next run'] }
    const { lines } = await open({ load: async () => ({ ...sampleStatus(), assets: [renamed, ...others] }) })
    expect(lines().join('\n')).toContain('note     it is moved from old by the next run')
  })

  it('shows the graph, states, reasons, ages, the next refresh and the selected asset', async () => {
    const { lines } = await open()
    expect(lines()).toEqual([
      's3://lake',
      '5 assets: 2 fresh, 1 stale, 1 missing, 1 failed',
      'no scheduler is running; nightly is due in 17 h 45 min',
      '    asset        state      rows  version     age  reason',
      '❯ ✓ catalog      fresh    71,000        3   3 min',
      '↓ ~   songs      stale    71,000        3   3 min  changed: the query +1 more',
      '  ·     titles   missing       -        -       -  not built yet',
      '  ✓ events       fresh     8,056       12   3 min',
      '  ✗       plays  failed   71,000        3   3 min  plays: 3 rows are wrong',
      '── 1 of 5 ──────────────────────────────────────────────────────────────────────',
      'catalog  source, 1 partition, built 2026-11-23 08:12:00 UTC, run 20261123T08120…',
      'reads    nothing',
      'read by  songs',
      ...Array.from({ length: 9 }, () => ''),
      '↑↓ move  / filter  r read again  q leave',
    ])
  })

  it('shows all causes of the selected asset, and marks its upstreams and downstreams', async () => {
    const { lines, press, shows } = await open()
    press(KEYS.down)
    await shows('2 of 5')
    expect(
      lines()
        .slice(4, 9)
        .map((line) => line.slice(0, 3)),
    ).toEqual(['↑ ✓', '❯ ~', '↓ ·', '  ✓', '↓ ✗'])
    expect(lines().slice(10, 15)).toEqual([
      'songs  table, 1 partition, built 2026-11-23 08:12:00 UTC, run 20261123T081200Z-…',
      'why      changed: the query',
      '         catalog changed (version 2 -> 3, 70 -> 71 rows)',
      'reads    catalog',
      'read by  titles, plays',
    ])
    press('G')
    await shows('5 of 5')
    expect(lines().slice(11, 14)).toEqual([
      'plays: 3 rows are wrong',
      '  {"song":"x"}',
      'why      asked for with --full',
    ])
  })

  it('shows where the selected asset is being built, and the cost so far', async () => {
    const report = sampleStatus()
    const job = { where: 'step s-1 on cluster j-1', since: '2026-11-23T08:03:00Z', cost: 'about $0.42 (estimate)' }
    const [first, ...others] = report.assets
    if (!first) throw new Error('the sample is another')
    const assets = [{ ...first, state: 'running' as const, job }, ...others]
    const { lines, shows } = await open({ load: async () => ({ ...report, assets }) })
    await shows('1 of 5')
    expect(lines()[4]).toMatch(/^❯ ▸ catalog +running .* being built, 12 min,/)
    expect(lines().slice(11, 13)).toEqual([
      'job      step s-1 on cluster j-1',
      'cost     about $0.42 (estimate) so far',
    ])
  })

  it('moves with arrows and letters, also with several at once, but not beyond the list', async () => {
    const { press, shows } = await open()
    press('jjj')
    await shows('4 of 5')
    press(KEYS.up)
    await shows('3 of 5')
    press(KEYS.pageDown)
    await shows('5 of 5')
    press('jk')
    await shows('4 of 5')
    press('g')
    await shows('1 of 5')
    press(KEYS.end)
    await shows('5 of 5')
  })

  it('filters by words in key, kind and state; while typing, letters are not commands', async () => {
    const { lines, press, shows } = await open()
    press('/')
    await shows('/▏')
    press('table q')
    await shows('no asset has "table q" in its key, kind or state')
    press('\u007f')
    press('ss')
    await shows('/table ss▏')
    press('\u007f')
    await shows('2 of 3 (5 in all)')
    expect(lines().slice(4, 9)).toEqual([
      '↑ ~ songs        stale    71,000        3   3 min  changed: the query +1 more',
      '❯ · titles       missing       -        -       -  not built yet',
      '↓ ✗ plays        failed   71,000        3   3 min  plays: 3 rows are wrong',
      '',
      '',
    ])
    press(KEYS.enter)
    await shows('/ filter "table s", escape removes it')
    press('k')
    await shows('1 of 3')
    press(KEYS.escape)
    await shows('2 of 5')
  })

  it('reads again on request, and keeps the previous report if that fails', async () => {
    const answers: (StatusReport | Error)[] = [
      sampleStatus(),
      new Error('s3://lake cannot be reached'),
      { lake: 's3://lake', assets: sampleStatus().assets.slice(3) },
    ]
    const load = async () => {
      const answer = answers.shift()
      if (answer instanceof Error || !answer) throw answer
      return answer
    }
    const { lines, press, shows } = await open({ load })
    press('j')
    press('r')
    await shows('reading again failed: s3://lake cannot be reached')
    expect(lines()[1]).toBe('5 assets: 2 fresh, 1 stale, 1 missing, 1 failed')
    press('r')
    await shows('2 assets: 1 fresh, 1 failed')
    expect(lines()[2]).toBe('no scheduler is running; nightly is due in 17 h 45 min')
    expect(lines()[4]).toMatch(/^❯ ✓ events/)
  })

  it('reads again by itself with --watch', async () => {
    let readings = 0
    const load = async () => {
      readings += 1
      return readings < 3 ? sampleStatus() : { lake: 's3://lake', assets: [] }
    }
    const { shows } = await open({ load, refreshEveryMs: 5 })
    await shows('no assets are declared yet')
  })

  it.each([
    ['q', 'q'],
    ['escape', KEYS.escape],
    ['an interrupt', KEYS.interrupt],
  ])('closes with %s', async (_, key) => {
    const { press, stdin } = await open()
    press(key)
    await vi.waitFor(() => expect(stdin.listenerCount('readable')).toBe(0), PATIENT)
  })

  it('draws only as many of ten thousand assets as fit', async () => {
    const [first] = sampleStatus().assets
    if (!first) throw new Error('the sample status is empty')
    const graph = sampleGraph()
    const assets = Array.from({ length: 10_000 }, (_, place) => ({ ...first, key: `t${place}` }))
    const edges = { assets: [], upstream: () => [], downstream: () => [] } as unknown as typeof graph
    const load = async () => ({ lake: 's3://lake', assets })
    const { lines, press, shows } = await open({ graph: () => edges, load, size: { width: 60, height: 20 } })
    expect(lines()).toHaveLength(20)
    press('G')
    await shows('10,000 of 10,000')
    expect(lines()).toHaveLength(20)
    expect(lines()[13]).toMatch(/^❯ ✓ t9999 /)
    press('k')
    await shows('9,999 of 10,000')
  })

  it('leaves out the details if the terminal has few lines', async () => {
    const { lines } = await open({ size: { width: 60, height: 10 } })
    expect(lines()).toHaveLength(10)
    expect(lines().at(-2)).toMatch(/^── 1 of 5 ─+$/)
    expect(lines().at(-1)).toBe('↑↓ move  / filter  r read again  q leave')
  })
})
