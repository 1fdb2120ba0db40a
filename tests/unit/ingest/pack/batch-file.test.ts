// The files into which lake packs lines for engines.
import { Buffer } from 'node:buffer'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BatchFile } from '../../../../framework/ingest/pack/batch-file.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'batch-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('a batch file', () => {
  it('has every byte of its lines, wherever in a line the write buffer ends', () => {
    const file = new BatchFile(join(directory, 'b'), Buffer.alloc(40))
    const head = Buffer.from('{"_line":')
    let expected = ''
    for (let length = 0; length < 100; length++) {
      const number = length ** 6
      file.add({ head, number, row: Buffer.from(`${'x'.repeat(length)}<`), end: length })
      expected += `{"_line":${number},${'x'.repeat(length)}\n`
    }
    file.finish()
    expect(readFileSync(file.path, 'utf8')).toBe(expected)
    expect(file).toMatchObject({ rows: 100, bytes: expected.length, longestLine: 9 + 12 + 1 + 99 })
  })
})
