// What programs find in the details of errors and warnings.
import { describe, expect, it } from 'vitest'
import { failedChecksIn, failedChecksOf, rejectedIn } from '../../../framework/run/error-details.ts'

const FAILED = { check: 'plays >= 0', severity: 'warn', rows: 3 } as const
const EXPLAINED = { check: 'rows', severity: 'error', rows: 0, explanation: 'no row came' } as const

describe('the failed checks in details', () => {
  it('are those of a list, or one alone, without what else the details have', () => {
    expect(failedChecksIn([{ ...FAILED, sample: [{ plays: -1 }] }, EXPLAINED])).toEqual([FAILED, EXPLAINED])
    expect(failedChecksIn({ ...FAILED, sample: [] })).toEqual([FAILED])
  })

  it('are also those of another version of lake: an unknown severity counts as an error', () => {
    const { severity: _, ...without } = FAILED
    expect(failedChecksIn([without, { ...FAILED, severity: 'fatal' }])).toEqual([
      { ...FAILED, severity: 'error' },
      { ...FAILED, severity: 'error' },
    ])
  })

  it.each([[undefined], [null], ['text'], [{ rejected: 3 }], [[null, 7, { ...FAILED, rows: '3' }, { check: 'c' }]]])(
    'are none in %j',
    (details) => {
      expect(failedChecksIn(details)).toEqual([])
    },
  )

  it('are those of an error only if its code says that checks failed', () => {
    expect(failedChecksOf({ code: 'check-failed', details: [FAILED] })).toEqual([FAILED])
    expect(failedChecksOf({ code: 'query-failed', details: [FAILED] })).toEqual([])
    expect(failedChecksOf(undefined)).toEqual([])
  })
})

it('the number of refused lines is that in the details, or unknown', () => {
  expect(rejectedIn({ rejected: 12, lines: 40 })).toBe(12)
  expect(rejectedIn({ rejected: '12' })).toBeUndefined()
  expect(rejectedIn(undefined)).toBeUndefined()
})
