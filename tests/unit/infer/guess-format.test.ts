/** Which format `lake infer` guesses from the beginning of a file. */
import { describe, expect, it } from 'vitest'
import { formatCall } from '../../../framework/infer/format/format-call.ts'
import { guessFormat } from '../../../framework/infer/format/guess-format.ts'

const guess = (text: string, isWhole = true) => guessFormat({ bytes: Buffer.from(text), isWhole })
const callOf = (text: string) => formatCall(guess(text).format)

describe('delimited text', () => {
  it.each([
    ['numbers and dates like those below', '1,ann,2024-01-01\n2,bob,2024-01-02\n'],
    ['the same value twice', '1,1,0\n2,1,0\n'],
    ['a boolean', 'true,x\nfalse,y\n'],
    ['times of a pattern', 'ann,31.12.2025 14:05\nbob,01.02.2026 10:00\n'],
    ['no value where others have numbers', '1,,x\n2,5,y\n'],
    ['a year like those below', 'ann,2018\nbob,2019\n'],
    ['a number that can be a year, beside one that cannot', '1,ann,1999\n2,bob,5\n'],
    ['a delimiter in quotes', '1,"Smith, John",5\n2,"Lee, Ann",6\n'],
    ['one record', '1,ann\n'],
    ['a record that the beginning cuts', '1,ann\n2,bob\n3,"c'],
  ])('has no header if its first record has %s', (_, text) => {
    expect(callOf(text)).toBe('csv({ header: false })')
  })

  it.each([
    ['names of numbers', 'id,name\n1,ann\n2,bob\n'],
    ['text only', 'ann,berlin\nbob,paris\n'],
    ['the name of one number, and numbers', 'year,2018,2019\n5,1000,5\n6,3,4\n'],
    ['years', 'country,2018,2019\nDE,1000,5\nFR,3,4\n'],
    ['numbers of fields', ',0,1,2\n0,1.5,2,3\n'],
    ['days, and numbers below', 'item,2024-01-01,2024-01-02\nx,1,2\n'],
    ['nothing', ''],
  ])('has a header if its first record has %s', (_, text) => {
    expect(callOf(text)).toBe('csv()')
  })

  it('has the delimiter that its first line names, as Excel writes it', () => {
    expect(callOf('sep=;\r\nid;name\r\n1;a,b\r\n')).toBe("csv({ delimiter: ';', comment: 'sep=' })")
    expect(callOf('\ufeffSEP=\t\nid\tname\n1\ta\n')).toBe("csv({ delimiter: '\\t', comment: 'SEP=' })")
    expect(callOf("sep='\n1'a\n2'b\n")).toBe("csv({ delimiter: '\\'', comment: 'sep=', header: false })")
  })

  it('does not take a character that is only in quotes as its delimiter', () => {
    expect(callOf('"a,b,c";d\n1;2\n')).toBe("csv({ delimiter: ';' })")
    expect(callOf('"a\nb,c";"d"\n1;2\n')).toBe("csv({ delimiter: ';' })")
    expect(callOf('"a\nb"\n1\n')).toBe('csv()')
  })
})

describe('an envelope of JSON around records', () => {
  const records = '[{"id":1,"name":"ann"},{"id":2,"name":"bob"}]'

  it.each([
    ['an array only', `{"Records":${records}}`, '$.Records[*]'],
    ['an array beside little else', `{"count":2,"next":null,"results":${records}}`, '$.results[*]'],
    ['a key with spaces and quotes', `{"it's \\\\ a key":${records}}`, "$['it\\'s \\\\ a key'][*]"],
    ['several documents', `{"Records":${records}}\n{"Records":${records}}`, '$.Records[*]'],
    ['a printed document', JSON.stringify({ meta: [1], data: JSON.parse(records) }, null, 2), '$.data[*]'],
    ['an array that is cut', `{"count":2,"Records":[{"id":1},{"id":2,"na`, '$.Records[*]'],
    ['values that are no JSON', '{"Records":[{"id":NaN},{"id":-Infinity}]}', '$.Records[*]'],
    ['a byte order mark', `\ufeff {"Records":${records}}`, '$.Records[*]'],
  ])('has its records under a key: %s', (_, text, path) => {
    expect(guess(text).format).toMatchObject({ kind: 'json-documents', records: path })
  })

  it.each([
    ['lines with an array each', `{"id":1,"items":${records}}\n{"id":2,"items":${records}}`, 'json-lines'],
    ['two arrays', `{"a":${records},"b":${records}}`, 'json-lines'],
    ['an array that is the smaller part', `{"address":"some street 5","city":"x","items":[{"sku":1}]}`, 'json-lines'],
    ['an array of other values too', '{"items":[{"sku":1},7,{"sku":2}]}', 'json-lines'],
    ['an array of arrays', '{"rows":[[1,2],[3,4]]}', 'json-lines'],
    ['an empty array', '{"Records":[]}', 'json-lines'],
    ['a key that no path can name', `{"a\\nb":${records}}`, 'json-lines'],
    ['an array that ends otherwise', '{"Records":[{"id":1}}', 'json-lines'],
  ])('is not guessed for %s', (_, text, kind) => {
    expect(guess(text).format).toMatchObject({ kind })
    expect(guess(text).format).not.toMatchObject({ records: expect.stringContaining('[*]') })
  })

  it('has other keys, which lake does not read', () => {
    const { remarks } = guess(`{"count":2,"x\u2028y":1,"results":[${Array(9).fill('{"id":1,"name":"ann"}').join()}]}`)
    expect(remarks).toEqual([
      'The records are the items of $.results[*]. Keys beside them are not read: count, x\u240ay.',
      'jsonDocuments() would read each document as one record.',
    ])
  })
})
