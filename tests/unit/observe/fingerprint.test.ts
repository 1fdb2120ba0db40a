// How fingerprints are added and compared.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareContent,
  emptyFingerprint,
  type Fingerprint,
  restrictFingerprint,
  sumFingerprints,
} from '../../../framework/observe/fingerprint.ts'

const EMPTY = emptyFingerprint('a', ['x', 'y'])
const part = (rows: number, x: bigint, y: bigint): Fingerprint => ({
  algorithm: 'a',
  rows,
  columns: { x: x.toString(16), y: y.toString(16) },
})

describe('a fingerprint', () => {
  it('is the same for any order of the rows, and for any division of the rows into files', () => {
    const sums = fc.array(fc.tuple(fc.nat(), fc.bigInt(0n, 2n ** 128n - 1n), fc.bigInt(0n, 2n ** 128n - 1n)))
    fc.assert(
      fc.property(sums, fc.nat(), (parts, at) => {
        const all = parts.map(([rows, x, y]) => part(rows, x, y))
        const some = sumFingerprints(EMPTY, all.slice(0, at)) ?? EMPTY
        const rest = sumFingerprints(EMPTY, all.slice(at).reverse()) ?? EMPTY
        expect(sumFingerprints(rest, [some])).toEqual(sumFingerprints(EMPTY, all))
      }),
    )
  })

  it('counts duplicates', () => {
    expect(sumFingerprints(EMPTY, [part(1, 5n, 5n), part(1, 5n, 5n)])).toEqual(part(2, 10n, 10n))
  })

  it('has 128 bits', () => {
    expect(sumFingerprints(EMPTY, [part(1, 2n ** 128n - 1n, 0n), part(1, 2n, 0n)])?.columns.x).toBe('1')
  })

  it('cannot be added to a fingerprint of another algorithm or of other columns', () => {
    expect(sumFingerprints(EMPTY, [{ ...part(1, 1n, 1n), algorithm: 'b' }])).toBeUndefined()
    expect(sumFingerprints(EMPTY, [{ ...part(1, 1n, 1n), columns: { x: '1', z: '1' } }])).toBeUndefined()
  })
})

describe('comparing contents', () => {
  it('compares only the requested columns', () => {
    expect(compareContent(part(1, 1n, 1n), part(1, 1n, 2n), ['x'])).toEqual({ kind: 'none' })
    expect(compareContent(part(1, 1n, 1n), part(1, 1n, 2n), ['x', 'y'])).toEqual({ kind: 'columns', columns: ['y'] })
  })

  it('never treats contents as equal if one is unknown', () => {
    const known = restrictFingerprint(part(1, 1n, 1n), ['x', 'gone'])
    expect(compareContent(known, part(1, 1n, 1n), ['y'])).toEqual({ kind: 'columns', columns: ['y'] })
    expect(compareContent({ ...known, algorithm: 'b' }, known, [])).toEqual({ kind: 'rows' })
    expect(compareContent(part(1, 1n, 1n), part(2, 1n, 1n), [])).toEqual({ kind: 'rows' })
  })
})
