/** Paths are found in any order of the list and of the searches. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { PathIndex } from '../../../framework/ingest/path-index.ts'

const path = fc.constantFrom('', 'a', 'a/b', 'a-b', 'b', 'é', '\ue000', '😀', '__proto__', 'z')

it('a path is found where the list has it last, and only if the list has it', () => {
  fc.assert(
    fc.property(fc.array(path), fc.boolean(), fc.array(path), (listed, isOrdered, asked) => {
      const paths = isOrdered ? [...new Set(listed)].sort() : listed
      const index = new PathIndex(paths)
      const found = asked.map((one) => index.indexOf(one))
      expect(found).toEqual(asked.map((one) => (paths.includes(one) ? paths.lastIndexOf(one) : undefined)))
    }),
    { numRuns: 1_000 },
  )
})
