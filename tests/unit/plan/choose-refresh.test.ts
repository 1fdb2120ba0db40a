// When a table follows its upstreams by an increment, and when it is rebuilt.
import { describe, expect, it } from 'vitest'
import type { RefreshMode, RefreshSample } from '../../../framework/observe/refresh-sample.ts'
import { withSample } from '../../../framework/observe/refresh-sample.ts'
import { chooseRefresh, isWorthChoosing, type RefreshFacts } from '../../../framework/plan/choose-refresh.ts'

const sample = (mode: RefreshMode, visits: number, milliseconds: number, engine = 'duckdb'): RefreshSample => ({
  ...{ mode, engine, visits, milliseconds },
})

const chosen = (facts: Omit<RefreshFacts, 'engine'>, engine = 'duckdb') => chooseRefresh({ engine, ...facts })

describe('the choice between an increment and a rebuild', () => {
  it('takes the way that visits fewer rows if the lake has no history, and gives its estimates', () => {
    expect(chosen({ visits: { follow: 1_000_000, rebuild: 9_000_000 }, samples: [] })).toEqual({
      mode: 'follow',
      reason: 'following would take about 0.14 s, a rebuild 0.39 s',
    })
    expect(chosen({ visits: { follow: 9_000_000, rebuild: 2_000_000 }, samples: [] }).mode).toBe('rebuild')
  })

  it('counts the statements of an increment, which a quick rebuild does not need', () => {
    expect(chosen({ visits: { follow: 0, rebuild: 500_000 }, samples: [] }).mode).toBe('rebuild')
    expect(chosen({ visits: { follow: 0, rebuild: 2_000_000 }, samples: [] }).mode).toBe('follow')
  })

  it('takes the increment if both cost about the same', () => {
    expect(chosen({ visits: { follow: 8_700_000, rebuild: 10_000_000 }, samples: [] }).mode).toBe('follow')
    expect(chosen({ visits: { follow: 8_900_000, rebuild: 10_000_000 }, samples: [] }).mode).toBe('rebuild')
  })

  it('estimates seconds from the rows to visit, by the past refreshes of the table', () => {
    const samples = [sample('rebuild', 2_000_000, 1030)]
    expect(chosen({ visits: { follow: 1_000_000, rebuild: 4_000_000 }, samples }).reason).toBe(
      'following would take about 0.60 s, a rebuild 2.03 s',
    )
  })

  it('learns that increments of this table are slower than estimated', () => {
    const visits = { follow: 1_500_000, rebuild: 2_000_000 }
    const before = [sample('rebuild', 2_000_000, 1030)]
    expect(chosen({ visits, samples: before }).mode).toBe('follow')
    expect(chosen({ visits, samples: [...before, sample('follow', 1_000_000, 900)] })).toEqual({
      mode: 'rebuild',
      reason: 'following would take about 1.15 s, a rebuild 1.03 s',
    })
  })

  it('relies on the fastest past refresh, because a busy machine only makes refreshes slower', () => {
    const samples = [sample('rebuild', 1_000_000, 530), sample('rebuild', 1_000_000, 5000)]
    expect(chosen({ visits: { follow: 1, rebuild: 1_000_000 }, samples }).reason).toContain('a rebuild 0.53 s')
  })

  it('does not give up increments for good after one took very long or very short', () => {
    const rebuilt = sample('rebuild', 1_000_000, 1030)
    const reason = (milliseconds: number) => {
      const samples = [rebuilt, sample('follow', 1000, milliseconds)]
      return chosen({ visits: { follow: 1_000_000, rebuild: 3_000_000 }, samples }).reason
    }
    expect(reason(60_000)).toBe('following would take about 1.50 s, a rebuild 3.03 s')
    expect(reason(0)).toBe('following would take about 1.05 s, a rebuild 3.03 s')
  })

  it('ignores refreshes by another engine, and knows that statements take longer on a cluster', () => {
    const visits = { follow: 1_000_000, rebuild: 9_000_000 }
    const here = [sample('rebuild', 1_000_000, 60_000, 'spark'), sample('rebuild', 1_000_000, 1030)]
    expect(chosen({ visits, samples: here })).toEqual({
      mode: 'follow',
      reason: 'following would take about 1.10 s, a rebuild 9.03 s',
    })
    const there = [sample('rebuild', 1_000_000, 1030), sample('rebuild', 9_000_000, 6000, 'spark')]
    expect(chosen({ visits, samples: there }, 'spark')).toEqual({
      mode: 'rebuild',
      reason: 'following would take about 8.50 s, a rebuild 6.00 s',
    })
  })

  it('is made even for small tables if each statement of the engine takes long', () => {
    expect(isWorthChoosing('duckdb', 99_999)).toBe(false)
    expect(isWorthChoosing('spark', 99_999)).toBe(true)
    expect(chosen({ visits: { follow: 10, rebuild: 60_000 }, samples: [] }, 'spark')).toEqual({
      mode: 'rebuild',
      reason: 'following would take about 8.00 s, a rebuild 1.50 s',
    })
  })

  it('is the same for the same facts', () => {
    const facts = { engine: 'duckdb', visits: { follow: 7, rebuild: 6 }, samples: [sample('follow', 3, 1)] }
    expect(chooseRefresh(facts)).toEqual(chooseRefresh(structuredClone(facts)))
  })
})

describe('the refreshes that lake remembers of a table', () => {
  it('are the last three of each mode', () => {
    const all = [1, 2, 3, 4].map((visits) => sample('follow', visits, 1))
    const kept = all.reduce<readonly RefreshSample[]>(withSample, [sample('rebuild', 9, 1)])
    expect(kept.map(({ mode, visits }) => `${mode} ${visits}`)).toEqual([
      'rebuild 9',
      'follow 2',
      'follow 3',
      'follow 4',
    ])
  })
})
