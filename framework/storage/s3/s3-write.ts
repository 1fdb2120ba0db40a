import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { CopyObjectCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import PQueue from 'p-queue'
import type { S3Bucket } from './s3-client.ts'
import { failureOf, isUndertried } from './s3-failure.ts'
import { readObject } from './s3-read.ts'
import { persist } from './s3-retry.ts'

const MIB = 2 ** 20
const LARGEST_SINGLE_PUT = 16 * MIB
const SMALLEST_PART = 8 * MIB
const MOST_PARTS = 10_000

export async function putObject(bucket: S3Bucket, key: string, body: Uint8Array): Promise<void> {
  await persist(() => sendPut(bucket, key, body), isUndertried)
}

/**
 * One writer makes the object, and S3 tells all others that it is there. An answer can be lost after the object was made, and the next
 * attempt then finds it there: so where there was more than one attempt, the object itself tells whose it is. Two writers with the same
 * body are therefore not told apart then.
 */
export async function putObjectIfAbsent(
  bucket: S3Bucket,
  key: string,
  body: Uint8Array,
): Promise<'created' | 'exists'> {
  let answersLost = 0
  try {
    await persist(
      () => sendPut(bucket, key, body, { IfNoneMatch: '*' }),
      (error) => {
        answersLost += failureOf(error).attempts - 1
        if (isConflict(error)) return true
        if (!isUndertried(error)) return false
        answersLost++
        return true
      },
    )
    return 'created'
  } catch (error) {
    if (failureOf(error).status !== 412) throw error
    return answersLost > 0 && (await holds(bucket, key, body)) ? 'created' : 'exists'
  }
}

/** Another conditional write to the same name is under way, and may yet fail: S3 asks to try again, which the SDK does not do. */
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

/** In parts where it is large, each of which is tried again by itself. */
export async function uploadFile(bucket: S3Bucket, key: string, localPath: string): Promise<void> {
  await uploads.add(() => upload(bucket, key, localPath))
}

/** Of all files of this process: each takes a file, its bytes in memory, and up to four connections. */
const UPLOADS_AT_ONCE = 8
const uploads = new PQueue({ concurrency: UPLOADS_AT_ONCE })

async function upload(bucket: S3Bucket, key: string, localPath: string): Promise<void> {
  const { size } = await stat(localPath)
  if (size <= LARGEST_SINGLE_PUT) return putObject(bucket, key, await readFile(localPath))
  // After a lost answer to the last request of an upload, the next attempt finds that there is no such upload any more.
  await persist(
    () => uploadParts(bucket, key, localPath, size),
    (error) => isUndertried(error) || failureOf(error).code === 'NoSuchUpload',
  )
}

async function uploadParts({ client, name }: S3Bucket, key: string, localPath: string, size: number): Promise<void> {
  const { Upload } = await import('@aws-sdk/lib-storage')
  const partSize = Math.max(SMALLEST_PART, Math.ceil(size / MOST_PARTS))
  const Body = createReadStream(localPath)
  try {
    await new Upload({ client, params: { Bucket: name, Key: key, Body }, partSize }).done()
  } finally {
    Body.destroy()
  }
}

/** Within the bucket, and without its bytes coming here. S3 copies up to 5 GB at once, which no data file of ours comes near. */
export async function copyObject({ client, requests, name }: S3Bucket, from: string, to: string): Promise<void> {
  const CopySource = `${name}/${from.split('/').map(encodeURIComponent).join('/')}`
  const send = () => requests.add(() => client.send(new CopyObjectCommand({ Bucket: name, Key: to, CopySource })))
  await persist(send, isUndertried)
}

export async function deleteObject({ client, requests, name }: S3Bucket, key: string): Promise<void> {
  const send = () => requests.add(() => client.send(new DeleteObjectCommand({ Bucket: name, Key: key })))
  await persist(send, isUndertried)
}
