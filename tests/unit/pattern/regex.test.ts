/**
 * Regular expressions for the lines of a source. lake accepts only those that mean the same on
 * every engine.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRegex } from '../../../framework/pattern/regex.ts'
import { searcher } from '../../../framework/pattern/search.ts'

function finder(pattern: string): (text: string) => boolean {
  const read = readRegex(pattern)
  if (!read) throw new Error(`/${pattern}/ is not taken`)
  return searcher(read)
}

describe('a pattern for lines', () => {
  it.each([
    [/^[a-z]+\d{2,}$/, ['ab12', 'z123'], ['ab1', '12', 'ab12\n', ' ab12', 'ab１２']],
    [/a.b\s/, ['a-b\t', 'xa😀b '], ['a\nb ', 'a--b ', 'a-b\v', 'a-b\u00a0']],
    [/[^\s$.[]/, ['a', '$]'], ['', ' $.[']],
    [/^(?:a|b)*?-\//, ['-/', 'abba-/x'], ['c-/', '-']],
    [/^é\u00e9😀\x41$/, ['éé😀A'], ['éé😀a']],
    [/\bab\b/, ['ab', '-ab-', 'é ab'], ['cab', 'ab_', 'ab1']],
    [/^[\w-]{1,3}[a\-z]$/, ['_-9-', 'az'], ['bb', 'xxxxa']],
    [/^(a{0,2}b{3}){2}$/, ['bbbabbb', 'aabbbaabbb'], ['bbb', 'aaabbbbbb', 'bbbbbbbbb']],
    [/^\D\W\S$|^\d\w\s$/, ['é- x'.slice(0, 3).replace(' ', 'x'), '1é '.replace('é', 'e')], ['1- ', 'abc']],
    [/(?:)/, ['', 'a'], []],
  ])('%s finds the texts that it describes', (pattern, found, others) => {
    const finds = finder(pattern.source)
    expect(found.filter(finds)).toEqual(found)
    expect(others.filter(finds)).toEqual([])
  })

  it('can escape characters that need no escape', () => {
    const finds = finder('^\\-\\~[\\-\\&]$')
    expect(['-~-', '-~&', '-~\\', '\\-~-'].filter(finds)).toEqual(['-~-', '-~&'])
  })

  it('finds what JavaScript finds, for any pattern and text', () => {
    const seed = Date.now() | 0
    process.stdout.write(`patterns of lines: seed ${seed}\n`)
    const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', '[^\\n]', '\\w', '\\W', '\\d', '\\D', '[a-c1]', '\\.', '😀')
    const position = fc.constantFrom('^', '$', '\\b')
    const quantifier = fc.constantFrom('', '', '*', '+', '?', '*?', '{2}', '{0,2}', '{1,}')
    const { pattern } = fc.letrec<{ pattern: string; part: string }>((tie) => ({
      pattern: fc.array(tie('part'), { maxLength: 4 }).map((parts) => parts.join('')),
      part: fc.oneof(
        { maxDepth: 2 },
        fc.tuple(atom, quantifier).map((parts) => parts.join('')),
        position,
        fc.tuple(tie('pattern'), tie('pattern'), quantifier).map(([one, other, many]) => `(?:${one}|${other})${many}`),
      ),
    }))
    // JavaScript backtracks. Some of these patterns take it minutes on a text of eight letters.
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', '\n', '😀', 'é'), maxLength: 4 })
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 1, maxLength: 8 }), (source, texts) => {
        const [finds, reference] = [finder(source), new RegExp(source, 'u')]
        for (const one of texts) expect(finds(one), `/${source}/ in ${JSON.stringify(one)}`).toBe(reference.test(one))
      }),
      { seed, numRuns: 3_000 },
    )
  })

  it('takes no longer for a text that is made to slow it down', () => {
    const long = 'a'.repeat(100_000)
    for (const pattern of ['^(?:a+)+$', '^(?:a|a)*$', '(?:.*a){20}b', 'a*a*a*a*a*b', '^(?:\\w+\\s?)*$']) {
      expect(finder(pattern)(`${long}!`)).toBe(false)
    }
    expect(finder('^(?:a+)+!$')(`${long}!`)).toBe(true)
  })

  it('keeps only a limited number of states in memory', () => {
    const finds = finder('^(?:[^x]{1,40}x)+$')
    const texts = Array.from({ length: 300 }, (_, index) =>
      String.fromCodePoint(0x4e00 + index).repeat(index % 45 || 1),
    )
    for (const text of [...texts, ...texts]) expect(finds(`${text}x`)).toBe(Array.from(text).length <= 40)
  })

  it.each([
    '(?=a)',
    '(?!a)',
    '(?<=a)b',
    '(?<name>a)',
    '(a)\\1',
    '\\p{L}',
    '\\B',
    '\\v',
    '\\0',
    '\\cA',
    '\\ud83d',
    '\\x80',
    '[\\b]',
    '[\\S]',
    '[]',
    '[]a]',
    '[^]',
    '[a&&b]',
    '[a--b]',
    '[b-a]',
    '[\\d-z]',
    '[',
    '{',
    'a{,3}',
    'a{3,2}',
    '(',
    ')',
    '*',
    'a**',
    '^*',
    '(?:a{1000}){1000}',
  ])('%s is refused as a pattern', (source) => expect(readRegex(source)).toBeUndefined())
})
