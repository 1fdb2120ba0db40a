/** Chooses the storage for a URI. */
import { LakeError } from '../errors.ts'
import type { Links } from './local/local-read.ts'
import { localStorage } from './local/local-storage.ts'
import { S3Storage } from './s3/s3-storage.ts'
import type { Storage } from './storage.ts'

/**
 * The storage at `uri`, which is a local directory or `s3://bucket/prefix`. Neither reads nor
 * creates anything. Throws `config` for any other URI.
 */
export function openStorage(uri: string, links?: Links): Storage {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(uri)?.[1]?.toLowerCase()
  if (scheme === undefined) return localStorage(uri, links)
  if (scheme === 's3') return new S3Storage(uri)
  throw new LakeError('config', {
    problem: `${uri}: lake does not know ${scheme}://`,
    remedy:
      scheme === 's3a' || scheme === 's3n'
        ? `Write s3:// instead of ${scheme}://.`
        : 'Name a local directory or s3://bucket/prefix.',
  })
}
