import { LakeError } from '../errors.ts'
import type { Links } from './local/local-read.ts'
import { localStorage } from './local/local-storage.ts'
import { s3Storage } from './s3/s3-storage.ts'
import type { Storage } from './storage.ts'

/** The storage at `uri`: a local directory or `s3://bucket/prefix`. Nothing is read or made yet. */
export function openStorage(uri: string, links?: Links): Storage {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(uri)?.[1]?.toLowerCase()
  if (scheme === undefined) return localStorage(uri, links)
  if (scheme === 's3') return s3Storage(uri)
  if (scheme === 's3a' || scheme === 's3n')
    throw new LakeError('config', `${uri}: write s3:// instead of ${scheme}://.`)
  throw new LakeError(
    'config',
    `${uri}: lake does not know ${scheme}://. Name a local directory or s3://bucket/prefix.`,
  )
}
