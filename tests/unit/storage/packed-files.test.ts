/** Packed files are the files that were packed, and a comparison finds every difference. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareFiles, PackedFiles } from '../../../framework/storage/packed-files.ts'
import type { StoredFile } from '../../../framework/storage/storage.ts'

/** Names of files and directories whose order as paths differs from their order as directories. */
const path = fc
  .tuple(
    fc.constantFrom('', 'a/', 'a-b/', 'a//', 'a/b/', '/', 'é/', '\ue000/', '😀/'),
    fc.constantFrom('', 'a', 'b', 'a.json', 'A', 'é', '\ue000', '😀', '__proto__'),
  )
  .map((parts) => parts.join(''))
  .filter((path) => path !== '')
const file = fc.record({
  path,
  size: fc.constantFrom(0, 1, 250),
  etag: fc.constantFrom('', '1', '1.5', '01', '"1"', 'NaN', 'Infinity', '-0', '1796093542346.1238'),
})
const files = fc.uniqueArray(file, { selector: (one) => one.path })

const inOrder = (some: readonly StoredFile[]) => some.toSorted((left, right) => (left.path < right.path ? -1 : 1))

describe('packed files', () => {
  it('are the same files, ordered by path', () => {
    fc.assert(
      fc.property(files, (some) => {
        const packed = PackedFiles.of(some)
        expect(packed.list()).toEqual(inOrder(some))
        expect(packed.paths()).toEqual(inOrder(some).map((one) => one.path))
        expect(packed.count).toBe(some.length)
      }),
    )
  })

  it('are found by their paths', () => {
    fc.assert(
      fc.property(files, path, (some, asked) => {
        const found = PackedFiles.of(some).find(asked)
        expect(found?.directory.sizes[found.index]).toBe(some.find((one) => one.path === asked)?.size)
      }),
    )
  })

  it('differ in every file that is new or missing, or has another size or etag, and in no other file', () => {
    fc.assert(
      fc.property(files, files, fc.boolean(), (before, others, isMostlySame) => {
        const replaced = new Set(others.map((one) => one.path))
        const now = isMostlySame ? [...before.filter((one) => !replaced.has(one.path)), ...others] : others
        const old = new Map(before.map((one) => [one.path, one]))
        const current = new Set(now.map((one) => one.path))
        const differs = (one: StoredFile) => {
          const then = old.get(one.path)
          return then !== undefined && (then.size !== one.size || then.etag !== one.etag)
        }
        expect(compareFiles(PackedFiles.of(before), PackedFiles.of(now))).toEqual({
          added: inOrder(now.filter((one) => !old.has(one.path))),
          changed: inOrder(now.filter(differs)),
          removed: inOrder(before.filter((one) => !current.has(one.path))).map((one) => one.path),
        })
      }),
      { numRuns: 1_000 },
    )
  })
})
