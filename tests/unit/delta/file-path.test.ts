// Which paths of data files are accepted.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePath, encodePath } from '../../../framework/delta/file-path.ts'

describe('the path of a data file', () => {
  it.each([
    ['part-1.parquet', 'part-1.parquet'],
    ['year=2018/part-1.parquet', 'year=2018/part-1.parquet'],
    ['month=a b%25c/é?#:&+', 'month=a%20b%2525c/%C3%A9%3F%23%3A%26%2B'],
  ])('%s is %s in the log', (path, encoded) => {
    expect(encodePath(path)).toBe(encoded)
    expect(decodePath(encoded)).toBe(path)
  })

  it('is the same after encoding and decoding', () => {
    const part = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((name) => !name.includes('/') && name !== '..' && Buffer.from(name).toString() === name)
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), (parts) => {
        expect(decodePath(encodePath(parts.join('/')))).toBe(parts.join('/'))
      }),
    )
  })

  it.each(['', '/etc/passwd', '../other/part', 'a/%2E%2E/%2e%2e/part', 's3://bucket/part', 'file:/part'])(
    'is not %s, which is outside the table',
    (encoded) => {
      expect(() => decodePath(encoded)).toThrow("is not in the table's directory")
    },
  )
})
