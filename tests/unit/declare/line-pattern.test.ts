/** Patterns that the lines of a source are validated by: those of one meaning in JavaScript and Python, and no others. */
import { describe, expect, it } from 'vitest'
import { linePattern } from '../../../framework/declare/line-pattern.ts'

describe('a pattern for lines', () => {
  it.each([
    [/^[a-z]+\d{2,}$/, '^[a-z]+\\d{2,}$', '^[a-z]+\\d{2,}\\Z'],
    [/a.b\s/, 'a[^\\n]b[\\t\\n\\f\\r ]', 'a[^\\n]b[\\t\\n\\f\\r ]'],
    [/[^\s$.[]/, '[^\\t\\n\\f\\r $.\\[]', '[^\\t\\n\\f\\r $.\\[]'],
    [/(?:a|b)*?-\//, '(?:a|b)*?-\\/', '(?:a|b)*?-\\/'],
    [/é\u00e9😀/, 'é\\u00e9😀', 'é\\u00e9😀'],
    [/(?:)/, '(?:)', '(?:)'],
  ])('%s is written for both languages', (pattern, javascript, python) => {
    expect(linePattern(pattern.source)).toEqual({ javascript, python })
  })

  it('may escape signs that need none', () => {
    expect(linePattern('\\-\\~[\\-\\&]')).toEqual({ javascript: '-~[\\-&]', python: '\\-\\~[\\-\\&]' })
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
    '[',
    '{',
    'a{,3}',
    '(',
    '*',
  ])('%s is none', (source) => expect(linePattern(source)).toBeUndefined())
})
