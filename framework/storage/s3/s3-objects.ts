/** Gathers the modules that need the AWS SDK, so that the first request can load them. */
export { type S3Bucket, sharedConnection } from './s3-client.ts'
export { listDirectories, listNames, listObjects } from './s3-list.ts'
export { openObject, readObject, streamObject } from './s3-read.ts'
export { copyObject, deleteObject, putObject, putObjectIfAbsent, uploadFile } from './s3-write.ts'
