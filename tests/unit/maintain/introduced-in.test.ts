// At which version a row of a table was introduced.
import { describe, expect, it } from 'vitest'
import { introducedIn } from '../../../framework/maintain/introduced-in.ts'

const range = { oldest: 0, newest: 6 }
const holding = (from: number, until?: number, copies = 1) => ({ lifetime: { path: 'p', from, until }, copies })

describe('the version of the last change of the number of copies of a row', () => {
  it('is the version that added the file with the row, or the version that removed this file', () => {
    expect(introducedIn([holding(3)], range)).toBe(3)
    expect(introducedIn([holding(0, 5)], range)).toBe(5)
  })

  it('does not change when a row moves to another file', () => {
    expect(introducedIn([holding(2, 4), holding(4)], range)).toBe(2)
  })

  it('counts copies', () => {
    expect(introducedIn([holding(0), holding(4, undefined, 2)], range)).toBe(4)
    expect(introducedIn([holding(0, 3), holding(3, undefined, 2)], range)).toBe(3)
    expect(introducedIn([holding(0, 5, 2), holding(5, undefined, 2)], range)).toBe(0)
  })

  it('is the latest version that added the row, even if an earlier version had the row too', () => {
    expect(introducedIn([holding(0, 2), holding(5)], range)).toBe(5)
  })

  it('is the oldest readable version, if nothing ever changed', () => {
    expect(introducedIn([], range)).toBe(0)
    expect(introducedIn([holding(1)], { oldest: 4, newest: 6 })).toBe(4)
    expect(introducedIn([holding(1)], { oldest: 6, newest: 6 })).toBe(6)
  })

  it('ignores versions after the end of the given range', () => {
    expect(introducedIn([holding(2), holding(7)], range)).toBe(2)
    expect(introducedIn([holding(2, 7)], range)).toBe(2)
  })
})
