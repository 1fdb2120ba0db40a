/** The S3 server that all test files of a run share. Each file has its own buckets. */
import { type S3Server, s3ServerAt } from '../s3/s3-server.ts'
import { service } from './service.ts'

/**
 * Undefined if Python, which installs the server, is missing. The server runs until the tests end.
 */
export async function sharedS3Server(): Promise<S3Server | undefined> {
  const running = await service('s3', null)
  return running && s3ServerAt(running.port, async () => undefined)
}
