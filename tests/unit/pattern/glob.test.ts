/**
 * lake’s globs match the same names as those of picomatch, in a time that is linear in the length
 * of the name.
 */
import fc from 'fast-check'
import picomatch from 'picomatch'
import { expect, it } from 'vitest'
import { nameMatcher } from '../../../framework/pattern/glob.ts'

function matcher(glob: string): (name: string) => boolean {
  const matches = nameMatcher(glob)
  if (!matches) throw new Error(`${glob} is not taken`)
  return matches
}

const NAMES = [
  'a.json',
  'b.json',
  '.json',
  'a',
  'ab',
  'a-b-c.json',
  'a.csv',
  'part-0',
  'axb.c',
  'a?b',
  '*',
  'aab',
  'd.ndjson',
]

it.each([
  '*.json',
  '*',
  '**',
  '?',
  'a?b*',
  '*-*-*.json',
  '{a,b}*.json',
  '{a,{b,d}}.{json,ndjson}',
  '[ab]*',
  '[^ab]*',
  '[a-c]*[0-9]',
  '*.@(json|ndjson)',
  '*.?(nd)json',
  '+(a|b)*.json',
  '*(a|b)',
  '(a|b).json',
  '!*.csv',
  'part-*',
  'a\\?b',
  '\\*',
])('globs match the same names as in picomatch: %s', (pattern) => {
  const reference = picomatch(pattern, { dot: true })
  const matches = matcher(pattern)
  for (const name of NAMES) expect(matches(name), name).toBe(reference(name))
})

it('globs match the same names as in a shell, for any stars and names', () => {
  const seed = Date.now() | 0
  process.stdout.write(`name patterns: seed ${seed}\n`)
  const part = fc.string({ unit: fc.constantFrom('a', 'b', '.', '?'), minLength: 1, maxLength: 3 })
  const pattern = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('*'))
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 12 })
  const shell = (glob: string) => {
    const source = glob.replaceAll('.', '\\.').replaceAll('?', '.').replaceAll('*', '.*')
    return new RegExp(`^${source}$`)
  }
  fc.assert(
    fc.property(pattern, name, (glob, text) => {
      expect(matcher(glob)(text)).toBe(shell(glob).test(text))
    }),
    { seed, numRuns: 5_000 },
  )
})

it('globs read a ! at the start of a character class as its negation, as shells do', () => {
  expect(NAMES.filter(matcher('[!ab.]*'))).toEqual(NAMES.filter(matcher('[^ab.]*')))
  expect(NAMES.filter(matcher('[!ab.]*'))).toEqual(['part-0', '*', 'd.ndjson'])
})

it('globs read a character literally where it has no special meaning', () => {
  expect(['a+b', 'a@b', 'a!b', 'a^b$', 'a,b', 'a-b'].map((name) => matcher(name)(name))).toEqual(Array(6).fill(true))
})

it('globs match in linear time', () => {
  expect(matcher('*a*a*a*a*a*a*b')('a'.repeat(1_024))).toBe(false)
  expect(matcher('*_*_*_*_*_*.json')(`${'_'.repeat(1_024)}.jsonl`)).toBe(false)
  expect(matcher('+(a|aa)+(a|aa)*(a)*[b].json')('a'.repeat(1_024))).toBe(false)
  expect(matcher('*(*(a)*(a))b')('a'.repeat(1_024))).toBe(false)
})

it.each(['!(a|b).json', '{a}', '{a', 'a}', '[', '[]', '[a', '(a', 'a|b', '\\', '[b-a]', '[[:alpha:]]'])(
  '%s is none',
  (glob) => expect(nameMatcher(glob)).toBeUndefined(),
)
