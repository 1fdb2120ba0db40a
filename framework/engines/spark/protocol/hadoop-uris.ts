/** Converts locations of files between the form of `Storage.locate` and Hadoop's. */
import { LakeError } from '../../../errors.ts'
import { printableLine } from '../../../text/printable.ts'

/**
 * S3's scheme is `s3:` on EMR and `s3a:` elsewhere. No character is escaped, because Hadoop takes
 * paths as they are.
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
      throw new LakeError('engine-failed', {
        problem: `the Spark job named ${printableLine(uri)}, which is neither a local file nor on S3`,
      })
    },
  }
}
