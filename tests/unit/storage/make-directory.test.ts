/** Making a directory always ends, and an error names the directory that could not be made. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { localStorage } from '../../../framework/storage/local/local-storage.ts'
import { makeDirectory } from '../../../framework/storage/local/make-directory.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lake-make-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('making a directory', () => {
  it('makes the parents too, and does nothing if the directory exists', () => {
    for (let time = 0; time < 2; time++) makeDirectory(join(directory, 'a/b/c'))
    expect(statSync(join(directory, 'a/b/c')).isDirectory()).toBe(true)
  })

  it.each(['file', 'file/below', 'file/far/below'])('fails for %s because a file is in the way', (path) => {
    writeFileSync(join(directory, 'file'), 'precious')
    expect(() => makeDirectory(join(directory, path))).toThrow(
      expect.objectContaining({
        code: 'storage',
        message: expect.stringMatching(/^Cannot make the directory .*file.*: a part of this path is a file/),
      }),
    )
  })

  it.skipIf(!existsSync('/proc/self'))(
    'ends on a file system that refuses it, unlike Node’s own function',
    async () => {
      const message = 'Cannot make the directory /proc/lake-test: its file system does not allow a new directory there.'
      expect(() => makeDirectory('/proc/lake-test/a/b')).toThrow(message)
      await expect(localStorage('/proc/lake-test').put('songs/a', 'x')).rejects.toThrow(message)
    },
  )
})
