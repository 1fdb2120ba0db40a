/** Opens a lake for programs. */
import type { Lake } from './lake.ts'

/**
 * Opens the lake in a directory, relative to the working directory, or at `s3://bucket/prefix`,
 * with the credentials of the AWS tools. Throws `storage` if the directory does not exist.
 */
export async function openLake(uri: string): Promise<Lake> {
  const { StoredLake } = await import('./stored-lake.ts')
  return StoredLake.open(uri)
}
