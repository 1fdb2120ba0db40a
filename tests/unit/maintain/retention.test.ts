// Which versions and files a vacuum keeps.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLiveIn } from '../../../framework/delta/lifetimes.ts'
import { keptVersions, unneededFiles } from '../../../framework/maintain/vacuum/retention.ts'

const HOUR = 3_600_000

/** Versions 0, 1, 2 and so on, with the hours of their commits. */
const versionsAt = (...hours: readonly number[]) =>
  hours.map((hour, version) => {
    const timestamp = hour * HOUR
    return { version, timestamp, commitInfo: { timestamp, operation: 'WRITE' } }
  })
const NO_INPUTS = new Map<number, readonly string[]>()

describe('the versions that are kept', () => {
  it('were the newest within the retention, even if they were committed before it', () => {
    expect(keptVersions(versionsAt(1, 2, 10, 11), { since: 5 * HOUR, inputs: NO_INPUTS })).toEqual([
      { from: 1, to: 2, why: 'the newest within the retention' },
      { from: 3, to: 3, why: 'the newest' },
    ])
  })

  it('always include the newest version, however old it is', () => {
    expect(keptVersions(versionsAt(1, 2), { since: 1000 * HOUR, inputs: NO_INPUTS })).toEqual([
      { from: 1, to: 1, why: 'the newest' },
    ])
    expect(keptVersions([], { since: 0, inputs: NO_INPUTS })).toEqual([])
  })

  it('include the versions from which the newest version of a table was made', () => {
    const inputs = new Map([[0, ['plays', 'time']]])
    expect(keptVersions(versionsAt(1, 2, 3), { since: 1000 * HOUR, inputs })).toEqual([
      { from: 0, to: 0, why: 'what plays, time was made from' },
      { from: 2, to: 2, why: 'the newest' },
    ])
  })

  it('are all versions if a clock was slow', () => {
    expect(keptVersions(versionsAt(9, 1, 12), { since: 8 * HOUR, inputs: NO_INPUTS })).toEqual([
      { from: 0, to: 1, why: 'the newest within the retention' },
      { from: 2, to: 2, why: 'the newest' },
    ])
  })
})

describe('the files that no kept version needs', () => {
  it('are given with the versions that had them', () => {
    const files = [
      { path: 'a', from: 0, until: 2 },
      { path: 'b', from: 1, until: 2 },
      { path: 'c', from: 0, until: 3 },
      { path: 'd', from: 2, until: undefined },
      { path: 'e', from: 0, until: 1 },
      { path: 'e', from: 3, until: undefined },
    ]
    expect(unneededFiles(files, [{ from: 2, to: 3, why: '' }])).toEqual(
      new Map([
        ['a', 'only in the versions 0 to 1'],
        ['b', 'only in version 1'],
      ]),
    )
  })

  it('are never live in a kept version, and all other files are (property)', () => {
    const version = fc.integer({ min: 0, max: 12 })
    const file = fc.record({
      path: fc.constantFrom('a', 'b', 'c', 'd'),
      from: version,
      length: fc.integer({ min: 1, max: 9 }),
    })
    const kept = fc.record({ from: version, length: fc.integer({ min: 0, max: 3 }) })
    fc.assert(
      fc.property(fc.array(file), fc.array(kept), (drawn, ranges) => {
        const files = drawn.map(({ path, from, length }) => ({
          path,
          from,
          until: length === 9 ? undefined : from + length,
        }))
        const keptRanges = ranges.map(({ from, length }) => ({ from, to: from + length, why: '' }))
        const unneeded = unneededFiles(files, keptRanges)
        for (const { path } of files) {
          const isNeeded = files.some(
            (other) =>
              other.path === path &&
              keptRanges.some(({ from, to }) => {
                for (let at = from; at <= to; at++) if (isLiveIn(other, at)) return true
                return false
              }),
          )
          expect(unneeded.has(path)).toBe(!isNeeded)
        }
      }),
    )
  })
})
