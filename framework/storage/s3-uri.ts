import { LakeError } from '../errors.ts'

/** A place in a bucket. `prefix` is '' or ends with a slash: keys are the prefix and a path. */
export interface S3Place {
  readonly bucket: string
  readonly prefix: string
}

/** The parts of `s3://bucket/prefix`, with or without slashes at the end; anything else is a LakeError of code `config`. */
export function parseS3Uri(uri: string): S3Place {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/+(.*?))?\/*$/is.exec(uri) ?? []
  if (bucket === undefined || /[A-Z]/.test(bucket)) {
    throw new LakeError(
      'config',
      `${uri} names no bucket: write s3://bucket/prefix, the bucket with 3 to 63 small letters, digits, hyphens and dots.`,
    )
  }
  return { bucket, prefix: prefix === '' ? '' : `${prefix}/` }
}

export function s3Uri({ bucket, prefix }: S3Place): string {
  return `s3://${bucket}/${prefix}`.replace(/\/$/, '')
}
