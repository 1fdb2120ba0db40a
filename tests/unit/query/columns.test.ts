// Finding columns by index or name.
import { describe, expect, it } from 'vitest'
import { renamed, scan } from '../../../framework/relation/build.ts'
import { columnAt, columnPairs, idOfName } from '../../../framework/relation/columns.ts'
import { columnsOf } from '../../../framework/relation/relation.ts'

describe('a column', () => {
  it('is found by its index or its name', () => {
    expect(columnAt(['a', 'b'], 1)).toBe('b')
    expect(columnPairs(['a'], ['c', 'd'])).toEqual([['a', 'c']])
    expect(idOfName([{ name: 'x', id: 'a' }], 'x')).toBe('a')
  })

  it('is reported as a bug if it is missing, and no other name takes its place in SQL', () => {
    expect(() => columnAt(['a', 'b'], -1)).toThrow('no column has the index -1 in [a, b]')
    expect(() => columnPairs(['a', 'b'], ['c'])).toThrow('no column has the index 1 in [c]')
    expect(() => idOfName([{ name: 'x', id: 'a' }], 'y')).toThrow('no column is named y among x')
    const rows = scan('t', [{ name: 'x', id: 'a', type: { kind: 'text' }, nullable: true }])
    expect(columnsOf(renamed(rows, ['a'], ['b']))).toEqual(['b'])
    expect(() => renamed(rows, ['a'], ['b', 'c'])).toThrow('no column has the index 1')
  })
})
