// What programs find in the details of errors and warnings.
import { describe, expect, it } from 'vitest'
import { failedChecksIn, failedChecksOf, rejectedIn } from '../../../framework/run/error-details.ts'

const FAILED = { check: 'plays >= 0', severity: 'warn', rows: 3 } as const
const EXPLAINED = { check: 'rows', severity: 'error', rows: 0, explanation: 'no row came' } as const

describe('the failed checks in details', () => {
  it('are a list of checks or a single check, without the rest of the details', () => {
    expect(failedChecksIn([{ ...FAILED, sample: [{ plays: -1 }] }, EXPLAINED])).toEqual([FAILED, EXPLAINED])
    expect(failedChecksIn({ ...FAILED, sample: [] })).toEqual([FAILED])
  })

  it('can come from another version of lake: an unknown severity counts as an error', () => {
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

  it('are read from an error only if its code says that checks failed', () => {
    expect(failedChecksOf({ code: 'check-failed', details: [FAILED] })).toEqual([FAILED])
    expect(failedChecksOf({ code: 'query-failed', details: [FAILED] })).toEqual([])
    expect(failedChecksOf(undefined)).toEqual([])
  })
})

it('the number of refused lines comes from the details, or is unknown', () => {
  expect(rejectedIn({ rejected: 12, lines: 40 })).toBe(12)
  expect(rejectedIn({ rejected: '12' })).toBeUndefined()
  expect(rejectedIn(undefined)).toBeUndefined()
})
