/** Parses and prints `s3://bucket/prefix`. */
import { LakeError } from '../errors.ts'

/** A bucket, and the prefix of the keys in it. */
interface S3Location {
  readonly bucket: string
  /** '' or ends with a slash. A key is the prefix and a path. */
  readonly prefix: string
}

/**
 * The parts of `s3://bucket/prefix`, with or without slashes at the end. Throws `config` for any
 * other text.
 */
export function parseS3Uri(uri: string): S3Location {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/+(.*?))?\/*$/is.exec(uri) ?? []
  if (bucket === undefined || /[A-Z]/.test(bucket)) {
    throw new LakeError('config', {
      problem: `${uri} names no bucket`,
      remedy:
        'Write s3://bucket/prefix. The name of a bucket has 3 to 63 characters: lower-case letters, digits, hyphens and dots.',
    })
  }
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` }
}

export function s3Uri({ bucket, prefix }: S3Location): string {
  return `s3://${bucket}/${prefix}`.replace(/\/$/, '')
}
