/** Which files of a listing a source reads, which are hidden, and which no source reads. */

import { describe, expect, it } from 'vitest'
import { isHidden, sortSourceFiles } from '../../../framework/observe/sources/source-files.ts'
import { PackedFiles } from '../../../framework/storage/packed-files.ts'

const listed = (...paths: readonly string[]) => PackedFiles.of(paths.map((path) => ({ path, size: 1, etag: '1' })))

describe('a path', () => {
  it.each([
    '.hidden.json',
    '_SUCCESS',
    '_a=1.json',
    'A/_temporary/0/task_1/part-0.json',
    '_temporary/0/part-0.json',
    'a/.staging/b.json',
    '_delta_log/0.json',
    '.day=1/a.json',
    '_=1/a.json',
    'day=1/_x/a.json',
    'a/_b/_day=1/c.json',
  ])('is hidden if a part of it begins with . or _: %s', (path) => expect(isHidden(path)).toBe(true))

  it.each([
    'a.json',
    'a_b/c_d.json',
    'a.b/c.json',
    '_day=1/a.json',
    'x/_day=1/_hour=2/a.json',
    'day=_1/a.json',
    '-/a',
    '_day=/a.json',
  ])('is not hidden if only partition directories, such as _day=1, begin with _: %s', (path) =>
    expect(isHidden(path)).toBe(false),
  )
})

describe('the files of a source', () => {
  it('have names that match; files that match no pattern are counted and shown', () => {
    const paths = ['A/a.json', 'B.JSON', 'b.jsonl', 'c.json.gz', 'd.ndjson', '_x/e.json', '.f', 'json']
    const { files, ignored } = sortSourceFiles(listed(...paths), '*.json')
    expect(files.list().map(({ path }) => path)).toEqual(['A/a.json', 'c.json.gz'])
    expect(ignored).toEqual({ count: 4, examples: ['B.JSON', 'b.jsonl', 'd.ndjson'] })
  })

  it('match the pattern with or without the extension of a compressed file', () => {
    const paths = ['a.json.gz', 'b.json.ZST', 'c.json.bz2', 'd.json.snappy', 'e.gz', 'f.csv.gz']
    const found = (pattern: string) =>
      sortSourceFiles(listed(...paths), pattern)
        .files.list()
        .map(({ path }) => path)
    expect(found('*.json')).toEqual(['a.json.gz', 'b.json.ZST', 'c.json.bz2'])
    expect(found('*.gz')).toEqual(['a.json.gz', 'e.gz', 'f.csv.gz'])
    expect(found('*')).toEqual(paths)
  })

  it('are not ignored if another source with the same root reads them', () => {
    const { files, ignored } = sortSourceFiles(listed('a.json', 'b.log', 'c.txt'), '*.json', ['*.json', '*.log'])
    expect(files.list().map(({ path }) => path)).toEqual(['a.json'])
    expect(ignored).toEqual({ count: 1, examples: ['c.txt'] })
  })
})
