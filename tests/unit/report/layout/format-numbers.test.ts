// How lake writes numbers, sizes and times.
import { describe, expect, it } from 'vitest'
import {
  age,
  bytes,
  count,
  counted,
  duration,
  moment,
  shortAge,
  until,
} from '../../../../framework/report/layout/format-numbers.ts'

const NOW = new Date('2026-11-23T08:15:00Z')
const secondsAgo = (seconds: number) => new Date(NOW.getTime() - seconds * 1000)
const MINUTE = 60
const HOUR = 3_600
const DAY = 86_400

describe('formatted numbers', () => {
  it('show sizes in the unit that needs few digits', () => {
    expect([0, 999, 1_000, 210_900, 34_400_000, 1.5e9, 2e15].map(bytes)).toEqual([
      ...['0 B', '999 B', '1.0 kB', '210.9 kB', '34.4 MB', '1.5 GB', '2000.0 TB'],
    ])
  })

  it('have thousands separators', () => {
    expect(count(0)).toBe('0')
    expect(count(6_820)).toBe('6,820')
    expect([counted(1, 'row'), counted(0, 'row'), counted(1_000, 'row')]).toEqual(['1 row', '0 rows', '1,000 rows'])
  })

  it.each([
    [0, '0.0 s'],
    [44, '0.0 s'],
    [400, '0.4 s'],
    [9_949, '9.9 s'],
    [9_999, '10 s'],
    [12_000, '12 s'],
    [59_600, '1 min'],
    [125_000, '2 min 5 s'],
    [HOUR * 1000, '1 h'],
    [(3 * HOUR + 10 * MINUTE + 5) * 1000, '3 h 10 min'],
    [(2 * DAY + 4 * HOUR) * 1000, '2 d 4 h'],
  ])('show %i ms as %s', (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words)
  })

  it.each([
    [-5, 'just now'],
    [0, 'just now'],
    [59, '59 s ago'],
    [3 * MINUTE + 50, '3 min ago'],
    [5 * HOUR, '5 h ago'],
    [2 * DAY - 1, '47 h ago'],
    [2 * DAY, '2 days ago'],
  ])('show %i seconds as %s', (seconds, words) => {
    expect(age(secondsAgo(seconds), NOW)).toBe(words)
  })

  it('show future times as such, and moments in UTC', () => {
    expect(shortAge(secondsAgo(180), NOW)).toBe('3 min')
    expect(until(secondsAgo(-5 * HOUR - 12 * MINUTE), NOW)).toBe('in 5 h 12 min')
    expect(until(secondsAgo(3), NOW)).toBe('now')
    expect(moment(NOW)).toBe('2026-11-23 08:15:00')
  })
})
