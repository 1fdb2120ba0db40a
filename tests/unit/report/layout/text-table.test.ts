// How lake lays out tables of text.
import { describe, expect, it } from 'vitest'
import { colourPaint } from '../../../../framework/report/layout/page.ts'
import { type TextColumn, tableLines } from '../../../../framework/report/layout/text-table.ts'
import { page } from '../sample.ts'

const COLUMNS: readonly TextColumn[] = [
  { title: 'asset', shrinks: true },
  { title: 'rows', align: 'right' },
  { title: 'files', align: 'right', spare: true },
  { title: 'note', optional: true },
]

describe('a table', () => {
  it('aligns its columns by the cells that characters fill, and numbers to the right', () => {
    const rows = [
      ['日本', '7', '1', ''],
      ['plays', '6,820', '12', 'new'],
    ]
    expect(tableLines(COLUMNS, rows, page())).toEqual([
      'asset   rows  files  note',
      '日本       7      1',
      'plays  6,820     12  new',
    ])
  })

  it('leaves out an optional column that is empty in every row', () => {
    expect(tableLines(COLUMNS, [['plays', '1', '1', '']], page())).toEqual(['asset  rows  files', 'plays     1      1'])
  })

  it('cuts the last column at the end of the line, and keeps the end of its text', () => {
    const note = { text: 'changed: the query and a column', tail: ' +2 more' }
    expect(tableLines(COLUMNS, [['plays', '1', '1', note]], page(45))).toEqual([
      'asset  rows  files  note',
      'plays     1      1  changed: the que… +2 more',
    ])
  })

  it('continues on further lines if the caller asks for wrapping', () => {
    const note = { text: 'changed: the query and a column', tail: ' +2 more' }
    expect(
      tableLines(
        COLUMNS,
        [
          ['plays', '1', '1', note],
          ['x', '2', '1', ''],
        ],
        page(45),
        'wrap',
      ),
    ).toEqual([
      'asset  rows  files  note',
      'plays     1      1  changed: the query and a',
      '                    column +2 more',
      'x         2      1',
    ])
  })

  it('drops the least important columns first, then shortens columns that can shrink', () => {
    const row = ['a_table_with_a_long_name', '1', '1', 'a note that is quite long']
    expect(tableLines(COLUMNS, [row], page(55))).toEqual([
      'asset                     rows  note',
      'a_table_with_a_long_name     1  a note that is quite l…',
    ])
    expect(tableLines(COLUMNS, [row], page(45))).toEqual([
      'asset              rows  note',
      'a_table_with_a_l…     1  a note that is quit…',
    ])
  })

  it('colours the text of a cell, but not the space beside it', () => {
    const lines = tableLines([{ title: 'a' }, { title: 'b' }], [[{ text: 'x', tone: 'good' }, 'y']], {
      ...page(),
      paint: colourPaint,
    })
    expect(lines[1]).toBe('\u001b[32mx\u001b[39m  y')
  })
})
