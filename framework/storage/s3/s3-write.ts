/** Writes, copies and deletes objects of a bucket. */
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { CopyObjectCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import PQueue from 'p-queue'
import { MIB } from '../units.ts'
import type { S3Bucket } from './s3-client.ts'
import { failureOf, isRetryBudgetSpent } from './s3-failure.ts'
import { readObject } from './s3-read.ts'
import { retryTransient } from './s3-retry.ts'

const MAX_SINGLE_PUT = 16 * MIB
const MIN_PART = 8 * MIB
const MAX_PARTS = 10_000

export async function putObject(bucket: S3Bucket, key: string, body: Uint8Array): Promise<void> {
  await retryTransient(() => sendPut(bucket, key, body), isRetryBudgetSpent)
}

/**
 * Exactly one writer makes the object; the others get `exists`. A response can be lost after the
 * object was made, and the next attempt then finds the object. So after more than one attempt, its
 * content decides whether it is ours. Two writers with the same body can then both get `created`.
 */
export async function putObjectIfAbsent(
  bucket: S3Bucket,
  key: string,
  body: Uint8Array,
): Promise<'created' | 'exists'> {
  let lostResponses = 0
  try {
    await retryTransient(
      () => sendPut(bucket, key, body, { IfNoneMatch: '*' }),
      (error) => {
        lostResponses += failureOf(error).attempts - 1
        if (isConflict(error)) return true
        if (!isRetryBudgetSpent(error)) return false
        lostResponses++
        return true
      },
    )
    return 'created'
  } catch (error) {
    if (failureOf(error).status !== 412) throw error
    return lostResponses > 0 && (await holds(bucket, key, body)) ? 'created' : 'exists'
  }
}

/**
 * Whether another conditional write to the same key is in progress. It can still fail, so S3 asks
 * to try again, which the SDK does not do.
 */
function isConflict(error: unknown): boolean {
  const { status, code } = failureOf(error)
  return status === 409 && (code === 'ConditionalRequestConflict' || code === 'OperationAborted')
}

async function holds(bucket: S3Bucket, key: string, body: Uint8Array): Promise<boolean> {
  const content = await readObject(bucket, key)
  return content !== undefined && Buffer.from(body).equals(content.body)
}

async function sendPut(
  { client, requests, name }: S3Bucket,
  key: string,
  body: Uint8Array,
  condition: { readonly IfNoneMatch?: '*' } = {},
): Promise<void> {
  const object = { Bucket: name, Key: key, Body: body, ContentLength: body.length }
  await requests.add(() => client.send(new PutObjectCommand({ ...object, ...condition })))
}

/** Uploads a file. A large one goes in parts, each with its own retries. */
export async function uploadFile(bucket: S3Bucket, key: string, localPath: string): Promise<void> {
  await uploads.add(() => upload(bucket, key, localPath))
}

/**
 * Maximum number of uploads of this process: each needs an open file, memory, and up to four
 * connections.
 */
const MAX_UPLOADS = 8
const uploads = new PQueue({ concurrency: MAX_UPLOADS })

async function upload(bucket: S3Bucket, key: string, localPath: string): Promise<void> {
  const { size } = await stat(localPath)
  if (size <= MAX_SINGLE_PUT) return putObject(bucket, key, await readFile(localPath))
  // If the response to an upload's last request is lost, the next attempt gets NoSuchUpload.
  await retryTransient(
    () => uploadParts(bucket, key, localPath, size),
    (error) => isRetryBudgetSpent(error) || failureOf(error).code === 'NoSuchUpload',
  )
}

async function uploadParts({ client, name }: S3Bucket, key: string, localPath: string, size: number): Promise<void> {
  const { Upload } = await import('@aws-sdk/lib-storage')
  const partSize = Math.max(MIN_PART, Math.ceil(size / MAX_PARTS))
  const Body = createReadStream(localPath)
  try {
    await new Upload({ client, params: { Bucket: name, Key: key, Body }, partSize }).done()
  } finally {
    Body.destroy()
  }
}

/**
 * Copies an object inside the bucket, without downloading it. S3 copies at most 5 GB in one
 * request; lake's data files are far smaller.
 */
export async function copyObject({ client, requests, name }: S3Bucket, from: string, to: string): Promise<void> {
  const CopySource = `${name}/${from.split('/').map(encodeURIComponent).join('/')}`
  const send = () => requests.add(() => client.send(new CopyObjectCommand({ Bucket: name, Key: to, CopySource })))
  await retryTransient(send, isRetryBudgetSpent)
}

export async function deleteObject({ client, requests, name }: S3Bucket, key: string): Promise<void> {
  const send = () => requests.add(() => client.send(new DeleteObjectCommand({ Bucket: name, Key: key })))
  await retryTransient(send, isRetryBudgetSpent)
}
