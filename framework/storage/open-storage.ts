import { LakeError } from '../errors.ts'
import { localStorage } from './local-storage.ts'
import type { Storage } from './storage.ts'

/** The storage at `uri`: a local directory or `s3://bucket/prefix`. Nothing is read or made yet. */
export function openStorage(uri: string): Storage {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(uri)?.[1]?.toLowerCase()
  if (scheme === undefined) return localStorage(uri)
  if (scheme === 's3') throw new LakeError('config', `${uri}: S3 is not available yet. Name a local directory.`)
  throw new LakeError(
    'config',
    `${uri}: lake does not know ${scheme}://. Name a local directory or s3://bucket/prefix.`,
  )
}
