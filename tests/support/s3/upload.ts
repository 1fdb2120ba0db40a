/** Uploads a directory to S3. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStorage } from '../../../framework/storage/open-storage.ts'

/**
 * Puts all files below a directory under `s3://bucket/prefix`, with the AWS settings of this
 * process. Returns the number of files.
 */
export async function upload(directory: string, uri: string): Promise<number> {
  const storage = openStorage(uri)
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
  await Promise.all(files.map((file) => storage.put(file.slice(directory.length + 1), readFileSync(file))))
  return files.length
}
