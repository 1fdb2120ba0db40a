// Which addresses of S3 lake accepts.
import { describe, expect, it } from 'vitest'
import { openStorage } from '../../../framework/storage/open-storage.ts'
import { parseS3Uri, s3Uri } from '../../../framework/storage/s3-uri.ts'

describe('an s3:// URI', () => {
  it.each([
    ['s3://bucket', { bucket: 'bucket', prefix: '' }, 's3://bucket'],
    ['s3://bucket/', { bucket: 'bucket', prefix: '' }, 's3://bucket'],
    ['s3://my.bucket-1/a/b//', { bucket: 'my.bucket-1', prefix: 'a/b/' }, 's3://my.bucket-1/a/b'],
    ['s3://bucket/a b%20é', { bucket: 'bucket', prefix: 'a b%20é/' }, 's3://bucket/a b%20é'],
  ])('%s has a bucket and a prefix', (uri, place, plain) => {
    expect(parseS3Uri(uri)).toEqual(place)
    expect(s3Uri(parseS3Uri(uri))).toBe(plain)
  })

  it.each(['s3://', 's3:///a', 's3://Bucket/a', 's3://b', 's3://a_b/c'])('%s names no bucket', (uri) => {
    expect(() => parseS3Uri(uri)).toThrow(`${uri} names no bucket`)
  })

  it('is opened without a request, and gives the paths below it', () => {
    const storage = openStorage('s3://bucket/lake/')
    expect(storage.uri).toBe('s3://bucket/lake')
    expect(storage.locate('songs/part 1.parquet')).toBe('s3://bucket/lake/songs/part 1.parquet')
    expect(openStorage('s3://bucket').locate('songs')).toBe('s3://bucket/songs')
  })

  it('is suggested in place of other schemes for S3', () => {
    expect(() => openStorage('s3a://bucket/lake')).toThrow(
      's3a://bucket/lake: lake does not know s3a://. Write s3:// instead of s3a://.',
    )
  })
})
