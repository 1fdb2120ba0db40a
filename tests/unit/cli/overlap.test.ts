/** lake refuses a lake that overlaps with source files, however their locations are written. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type ProfileLocations, refuseOverlaps } from '../../../framework/cli/project/overlap.ts'

const profile = (name: string, lake: string, source: string): ProfileLocations => {
  return { name, lake, sources: new Map([['songs', source]]) }
}

describe('a lake and source files', () => {
  it.each([
    ['/data/lake', '/data/input/songs'],
    ['/data/songs-lake', '/data/songs'],
    ['/data/songs', '/data/songs2'],
    ['s3://bucket/lake', 's3://bucket/lake-input/songs'],
    ['s3://bucket/lake', 's3://other/lake'],
    ['/lake', 's3://lake'],
  ])('%s and %s do not overlap', (lake, source) => {
    expect(() => refuseOverlaps(profile('default', lake, source), [])).not.toThrow()
  })

  it.each([
    ['/data', '/data/songs'],
    ['/data/songs', '/data/songs'],
    ['/data/songs/lake', '/data/songs'],
    ['/', '/data/songs'],
    ['s3://bucket', 's3://bucket/in/songs'],
    ['s3://bucket/in/songs/lake', 's3://bucket/in/songs'],
    ['s3://bucket/in', 's3://bucket/in'],
  ])('%s and %s overlap', (lake, source) => {
    expect(() => refuseOverlaps(profile('default', lake, source), [])).toThrow(
      expect.objectContaining({
        code: 'config',
        message: expect.stringContaining(`the lake (${lake}) and the files of songs (${source})`),
      }),
    )
  })

  it('of a used profile must not overlap with those of another profile', () => {
    const [one, other] = [profile('one', '/a/songs/x', '/b/songs'), profile('other', '/c', '/a/songs')]
    const words =
      'the lake of the profile one (/a/songs/x) and the files of songs of the profile other (/a/songs) overlap'
    expect(() => refuseOverlaps(one, [other])).toThrow(words)
    expect(() => refuseOverlaps(other, [one])).toThrow(words)
    expect(() => refuseOverlaps(profile('third', '/d', '/e'), [one, other])).not.toThrow()
  })

  describe('behind symbolic links', () => {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'lake-overlap-')))
    afterAll(() => rmSync(directory, { recursive: true }))

    it('overlap if the links lead to the same place, even if the lake does not exist yet', () => {
      mkdirSync(join(directory, 'input/songs'), { recursive: true })
      symlinkSync(join(directory, 'input/songs'), join(directory, 'link'))
      const lake = join(directory, 'link/new/lake')
      expect(() => refuseOverlaps(profile('default', lake, join(directory, 'input/songs')), [])).toThrow(
        `${lake}, which is ${join(directory, 'input/songs/new/lake')}`,
      )
      expect(() =>
        refuseOverlaps(profile('default', join(directory, 'lake'), join(directory, 'link')), []),
      ).not.toThrow()
    })
  })
})
