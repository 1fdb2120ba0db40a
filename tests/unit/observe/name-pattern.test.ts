/** Patterns of file names: as picomatch has them, and bounded in time whatever the name. */
import fc from 'fast-check'
import picomatch from 'picomatch'
import { expect, it } from 'vitest'
import { nameMatcher } from '../../../framework/observe/sources/name-pattern.ts'

it.each([
  '*.json',
  '*',
  '**',
  '?',
  'a?b*',
  '*-*-*.json',
  '{a,b}*.json',
  '[ab]*',
  '*.@(json|ndjson)',
  '!*.csv',
  'part-*',
])('match as picomatch has it: %s', (pattern) => {
  const reference = picomatch(pattern, { dot: true })
  for (const name of ['a.json', 'b.json', '.json', 'a', 'ab', 'a-b-c.json', 'a.csv', 'part-0', 'axb.c', 'a?b', '*']) {
    expect(nameMatcher(pattern)(name), name).toBe(reference(name))
  }
})

it('match as a shell has it, whatever stars and names there are', () => {
  const seed = Date.now() | 0
  process.stdout.write(`name patterns: seed ${seed}\n`)
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '.', '?'), minLength: 1, maxLength: 3 })
  const pattern = fc.array(part, { minLength: 4, maxLength: 6 }).map((parts) => parts.join('*'))
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 12 })
  const shell = (glob: string) => {
    const source = glob.replaceAll('.', '\\.').replaceAll('?', '.').replaceAll('*', '.*')
    return new RegExp(`^${source}$`)
  }
  fc.assert(
    fc.property(pattern, name, (glob, text) => {
      expect(nameMatcher(glob)(text)).toBe(shell(glob).test(text))
    }),
    { seed, numRuns: 5_000 },
  )
})

it('are bounded', () => {
  expect(nameMatcher('*a*a*a*a*a*a*b')('a'.repeat(1_024))).toBe(false)
  expect(nameMatcher('*_*_*_*_*_*.json')(`${'_'.repeat(1_024)}.jsonl`)).toBe(false)
})
