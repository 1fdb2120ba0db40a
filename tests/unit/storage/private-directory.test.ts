/** lake trusts the cache because only this user can write to its directory. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makePrivate } from '../../../framework/storage/local/private-directory.ts'

let outer = ''
const at = (path: string) => join(outer, path)

beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'lake-private-'))
})
afterEach(() => rmSync(outer, { recursive: true }))

it('a private directory is made for this user alone, with its parents', () => {
  makePrivate(at('a/b'))
  makePrivate(at('a/b'))
  expect(statSync(at('a/b')).mode & 0o777).toBe(0o700)
})

it('a private directory is closed if others could only read it', () => {
  mkdirSync(at('old'), { mode: 0o755 })
  makePrivate(at('old'))
  expect(statSync(at('old')).mode & 0o777).toBe(0o700)
})

it.each([0o777, 0o770, 0o722, 0o1777])('a private directory is not used if others can write to it: %o', (mode) => {
  mkdirSync(at('open'))
  chmodSync(at('open'), mode)
  expect(() => makePrivate(at('open'))).toThrow('other users can write to it')
  expect(statSync(at('open')).mode & 0o777).toBe(mode & 0o777)
})

it('a private directory must not be a link or a file', () => {
  mkdirSync(at('elsewhere'), { mode: 0o700 })
  symlinkSync(at('elsewhere'), at('link'))
  writeFileSync(at('file'), '')
  expect(() => makePrivate(at('link'))).toThrow('it is a link')
  expect(() => makePrivate(at('file'))).toThrow('it is not a directory')
})

// Only root can give a directory away, or make one in another user's name.
it.skipIf(process.getuid?.() !== 0)('a private directory must not belong to another user', async () => {
  const { chownSync } = await import('node:fs')
  mkdirSync(at('theirs'), { mode: 0o700 })
  chownSync(at('theirs'), 12_345, 12_345)
  expect(() => makePrivate(at('theirs'))).toThrow('it belongs to another user')
})
