// What lake says about failures of a disk, and which storage belongs to an address.
import { describe, expect, it } from 'vitest'
import { LakeError } from '../../../framework/errors.ts'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { s3Error } from '../../../framework/storage/s3/s3-error.ts'
import {
  awsCode,
  cannotWrite,
  isAccessDenied,
  type StorageVerb,
  storageError,
  TooLarge,
} from '../../../framework/storage/storage-error.ts'

function message(verb: StorageVerb, code: string): string {
  return storageError(verb, '/lake/songs', Object.assign(new Error(`${code}: as the system puts it`), { code })).message
}

describe('a failed system call', () => {
  it.each([
    ['read', 'EACCES', 'Cannot read /lake/songs: it is not readable for this user.'],
    ['list', 'EPERM', 'Cannot list /lake/songs: it is not readable for this user.'],
    ['write', 'EACCES', 'Cannot write /lake/songs: its directory is not writable for this user.'],
    ['delete', 'EROFS', 'Cannot delete /lake/songs: its file system is not writable'],
    ['write', 'ENOSPC', 'Cannot write /lake/songs: the disk is full'],
    ['write', 'ENOTDIR', 'Cannot write /lake/songs: a part of this path is a file'],
    ['read', 'EISDIR', 'Cannot read /lake/songs: it is a directory'],
    ['read', 'EMFILE', 'Cannot read /lake/songs: too many files are open'],
    ['read', 'EIO', 'Cannot read /lake/songs: EIO: as the system puts it'],
  ] as const)('to %s with %s says what to do', (verb, code, expected) => {
    expect(message(verb, code)).toContain(expected)
  })
})

it.each([
  ['EACCES', 'Change its permissions, or run as a user who can write there.'],
  ['ENOENT', 'Name another path, in a directory that exists and can be written.'],
])('lake says what to do if it cannot write a file because of %s', (code, remedy) => {
  const cause = Object.assign(new Error(`${code}: as the system puts it`), { code })
  expect(cannotWrite('songs.csv', cause)).toMatchObject({
    ...{ code: 'storage', remedy, cause, problem: `songs.csv could not be written: ${code}: as the system puts it` },
  })
})

describe('the code of a failed request to AWS', () => {
  const failed = (code: string) => s3Error('list', 's3://bucket/lake', Object.assign(new Error(code), { name: code }))

  it('is that of the request; other errors have none', () => {
    expect(awsCode(failed('NoSuchBucket'))).toBe('NoSuchBucket')
    expect(awsCode(storageError('read', '/lake/songs', new Error('EIO')))).toBeUndefined()
    expect(awsCode(new LakeError('storage', { problem: 'p', details: { code: 7 } }))).toBeUndefined()
    expect(awsCode(Object.assign(new Error('e'), { details: { code: 'AccessDenied' } }))).toBeUndefined()
  })

  it.each([
    ['AccessDenied', true],
    ['Forbidden', true],
    ['NoSuchBucket', false],
  ])('says for %s whether access is denied: %j', (code, denied) => {
    expect(isAccessDenied(failed(code))).toBe(denied)
  })
})

describe('openStorage', () => {
  it('opens a local directory', () => {
    expect(openStorage('/lake/').uri).toBe('/lake')
  })

  it.each([
    ['s3a://bucket/lake', 'Write s3:// instead of s3a://.'],
    ['gs://bucket/lake', 'Name a local directory or s3://bucket/prefix.'],
    ['file:///lake', 'Name a local directory or s3://bucket/prefix.'],
  ])('refuses %s', (uri, reason) => {
    expect(() => openStorage(uri)).toThrow(
      expect.objectContaining({ code: 'config', message: expect.stringContaining(reason) }),
    )
  })
})

describe('names with line breaks', () => {
  const name = '/lake/a\n\u001b[2Jforged\r: \u202e'
  const shown = '/lake/a\u240a\u241b[2Jforged\u240d: \ufffd'

  it.each([
    ['a local file', () => storageError('read', name, new Error(`EIO, open '${name}'`))],
    ['a file that is too large', () => new TooLarge(name, 2, 1)],
    ['an object of S3', () => s3Error('read', `s3://bucket${name}`, new Error(name))],
  ])('do not begin a line in a message: %s', (_, make) => {
    const { message } = make()
    expect(message).toContain(shown)
    expect(message).not.toMatch(/[\p{Cc}\u202e]/u)
  })
})
