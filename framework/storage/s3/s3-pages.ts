/** Requests pages of a bucket's listing. */
import { ListObjectsV2Command, type ListObjectsV2CommandInput } from '@aws-sdk/client-s3'
import type { S3Bucket } from './s3-client.ts'
import { isRetryBudgetSpent } from './s3-failure.ts'
import { retryTransient } from './s3-retry.ts'

export interface S3Object {
  readonly key: string
  /** Bytes. */
  readonly size: number
  readonly etag: string
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number
}

/** A page of a listing, without the objects that represent a directory. */
export interface S3Page {
  readonly objects: readonly S3Object[]
  readonly directories: readonly string[]
  /** Undefined on the last page. */
  readonly next: string | undefined
}

type PageRequest = Omit<ListObjectsV2CommandInput, 'Bucket' | 'MaxKeys'>

/** All pages from the requested one to the last. */
export async function* pages(bucket: S3Bucket, request: PageRequest): AsyncGenerator<S3Page> {
  let page = await listPage(bucket, request)
  yield page
  while (page.next !== undefined) {
    page = await listPage(bucket, { ...request, ContinuationToken: page.next })
    yield page
  }
}

export async function listPage(bucket: S3Bucket, request: PageRequest): Promise<S3Page> {
  const { client, requests, name, pageSize } = bucket
  const command = () => new ListObjectsV2Command({ Bucket: name, MaxKeys: pageSize, ...request })
  const response = await retryTransient(() => requests.add(() => client.send(command())), isRetryBudgetSpent)
  const { Contents = [], CommonPrefixes = [], IsTruncated, NextContinuationToken } = response
  return {
    objects: Contents.filter(({ Key = '/' }) => !Key.endsWith('/')).map((object) => ({
      key: object.Key ?? '',
      size: object.Size ?? 0,
      etag: plainEtag(object.ETag),
      modifiedAt: object.LastModified?.getTime() ?? 0,
    })),
    directories: CommonPrefixes.map(({ Prefix = '' }) => Prefix),
    next: IsTruncated ? NextContinuationToken : undefined,
  }
}

/** The ETag without its quotes. */
export function plainEtag(etag = ''): string {
  return etag.replaceAll('"', '')
}
