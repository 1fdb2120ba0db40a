// How many cells of a terminal a text fills.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellsOf, cut, wrap } from '../../../../framework/report/layout/display-width.ts'
import { firstLine, printable } from '../../../../framework/text/printable.ts'

describe('the terminal cells of a text', () => {
  it('are one for each character, two for a wide character and none for a combining mark', () => {
    expect(cellsOf('plays')).toBe(5)
    expect(cellsOf('Café')).toBe(4)
    expect(cellsOf('Cafe\u0301')).toBe(4)
    expect(cellsOf('日本語')).toBe(6)
    expect(cellsOf('한국')).toBe(4)
    expect(cellsOf('👩‍🎤')).toBe(2)
    expect(cellsOf('✓ …')).toBe(3)
  })

  it('never exceed the given width after a cut, which an ellipsis shows', () => {
    expect(cut('songplays', 9)).toBe('songplays')
    expect(cut('songplays', 8)).toBe('songpla…')
    expect(cut('日本語', 5)).toBe('日本…')
    expect(cut('日本語', 4)).toBe('日…')
    expect(cut('songplays', 0)).toBe('')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, width) => cellsOf(cut(text, width)) <= width),
    )
  })

  it('are wrapped into lines, between words where possible', () => {
    expect(wrap('three rows of songs are wrong', 12)).toEqual(['three rows', 'of songs are', 'wrong'])
    expect(wrap('s3://bucket/prefix', 8)).toEqual(['s3://buc', 'ket/pref', 'ix'])
    expect(wrap('one\n  two', 80)).toEqual(['one', '  two'])
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 2, max: 40 }), (text, width) =>
        wrap(text, width).every((line) => cellsOf(line) <= width),
      ),
    )
  })

  it('are all kept if lines are broken', () => {
    const letters = (text: string) => text.replaceAll(/\s/g, '')
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 2, max: 40 }), (text, width) => {
        expect(letters(wrap(text, width).join(''))).toBe(letters(text))
      }),
    )
  })
})

describe('foreign text', () => {
  it('cannot move the cursor, change colours or change the direction of writing', () => {
    expect(printable('a\u001b[2Jb\u0007')).toBe('a␛[2Jb␇')
    expect(printable('a\u009bb\u202eb\u007f')).toBe('a�b�b�')
    expect(printable('a\tb\r\nc\rd')).toBe('a b\nc␍d')
  })

  it('is cut at its first line break for a table', () => {
    expect(firstLine('3 rows are wrong\n  {"a":1}')).toBe('3 rows are wrong')
  })
})
