import { LakeError } from '../../../errors.ts'
import { printableLine } from '../../../text/printable.ts'

/**
 * Where a file is, as `Storage.locate` gives it, and as Hadoop takes it. On EMR `s3:` is the scheme of S3, elsewhere `s3a:`. Hadoop takes
 * characters as they stand: nothing is escaped.
 */
export interface Uris {
  toHadoop(location: string): string
  fromHadoop(uri: string): string
}

export function hadoopUris(s3Scheme: 's3' | 's3a'): Uris {
  return {
    toHadoop: (location) =>
      location.startsWith('s3://') ? `${s3Scheme}://${location.slice('s3://'.length)}` : `file:${location}`,
    fromHadoop: (uri) => {
      if (uri.startsWith(`${s3Scheme}://`)) return `s3://${uri.slice(s3Scheme.length + 3)}`
      if (uri.startsWith('file:')) return uri.replace(/^file:\/*/, '/')
      throw new LakeError(
        'engine-failed',
        `the Spark job named ${printableLine(uri)}, which is neither a local file nor on S3`,
      )
    },
  }
}
