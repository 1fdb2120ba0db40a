/** Reads objects of a bucket, complete or in pieces. */
import { Readable } from 'node:stream'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { LakeError } from '../../errors.ts'
import { printableLine } from '../../text/printable.ts'
import { TooLarge } from '../storage-error.ts'
import { MIB } from '../units.ts'
import type { S3Bucket } from './s3-client.ts'
import { failureOf, isRetryBudgetSpent } from './s3-failure.ts'
import { plainEtag } from './s3-pages.ts'
import { retryTransient } from './s3-retry.ts'

const PIECE_BYTES = 8 * MIB
const PIECES_AHEAD = 3

/** An object, or the requested part of it. */
interface S3Content {
  readonly body: Uint8Array
  /** Size of the complete object, in bytes. */
  readonly size: number
  readonly etag: string
}

interface Part {
  readonly from: number
  /** The expected ETag: the request fails if the object has changed. */
  readonly etag?: string
}

/**
 * Reads an object in one request; undefined if it is missing. Repeats the request if the body broke
 * off, which the SDK does not do. Throws `storage` for an object of more than `mostBytes`, before
 * reading its body.
 */
export function readObject(
  bucket: S3Bucket,
  key: string,
  mostBytes = Number.POSITIVE_INFINITY,
): Promise<S3Content | undefined> {
  return retryTransient(() => unlessAbsent(get(bucket, key, { mostBytes })), isRetryBudgetSpent)
}

export interface S3Stream {
  readonly size: number
  readonly etag: string
  readonly chunks: AsyncIterable<Uint8Array>
}

/**
 * The object in pieces of 8 MiB. Reads the first at once. Reads the next ones ahead as soon as the
 * caller has taken the first.
 */
export async function streamObject(bucket: S3Bucket, key: string): Promise<S3Stream | undefined> {
  const first = await retryTransient(
    () => unlessAbsent(get(bucket, key, { from: 0 }).catch(emptyIfNoRange)),
    isRetryBudgetSpent,
  )
  return first && { size: first.size, etag: first.etag, chunks: piecesOf(bucket, key, first) }

  /** S3 answers 416 for a range of an empty object. */
  function emptyIfNoRange(error: unknown): Promise<S3Content> {
    if (failureOf(error).status === 416) return get(bucket, key)
    throw error
  }
}

/**
 * The complete object in one response. If S3 has a checksum of the object, the SDK compares the
 * two. If the chunks differ from it, the stream ends with an error. (If a request asks for a part,
 * the response has no checksum.)
 */
export async function openObject({ client, requests, name }: S3Bucket, key: string): Promise<S3Stream | undefined> {
  const command = () => new GetObjectCommand({ Bucket: name, Key: key, ChecksumMode: 'ENABLED' })
  const response = await retryTransient(
    () => unlessAbsent(requests.add(() => client.send(command()))),
    isRetryBudgetSpent,
  )
  if (!response) return undefined
  const { Body, ContentLength = 0, ETag } = response
  const chunks = Body instanceof Readable ? Body : Readable.from([])
  // The stream can break before a caller reads it. Without a listener, its error would end the
  // process. The caller gets the error when it reads.
  chunks.on('error', () => undefined)
  return { size: ContentLength, etag: plainEtag(ETag), chunks }
}

async function* piecesOf(bucket: S3Bucket, key: string, first: S3Content): AsyncGenerator<Uint8Array> {
  if (first.body.length > 0) yield first.body
  const ahead: Promise<Uint8Array>[] = []
  for (let from = first.body.length; from < first.size; from += PIECE_BYTES) {
    const piece = readPiece(bucket, key, { from, etag: first.etag })
    // Avoids an unhandled rejection: after an earlier piece failed, nothing awaits this one.
    piece.catch(() => undefined)
    ahead.push(piece)
    const due = ahead.length > PIECES_AHEAD ? ahead.shift() : undefined
    if (due) yield await due
  }
  for (const piece of ahead) yield await piece
}

async function readPiece(bucket: S3Bucket, key: string, part: Part): Promise<Uint8Array> {
  const piece = await retryTransient(() => unlessAbsent(get(bucket, key, part)), isRetryBudgetSpent).catch((error) => {
    if (failureOf(error).status === 412) return undefined
    throw error
  })
  if (piece) return piece.body
  throw new LakeError('storage', {
    problem: `Cannot read s3://${bucket.name}/${printableLine(key)}: it changed while it was being read`,
    remedy: 'Run again when nothing writes to it.',
  })
}

async function unlessAbsent<Read>(request: Promise<Read>): Promise<Read | undefined> {
  try {
    return await request
  } catch (error) {
    if (failureOf(error).code === 'NoSuchKey') return undefined
    throw error
  }
}

interface Complete {
  readonly mostBytes: number
}

function get({ client, requests, name }: S3Bucket, key: string, wanted?: Part | Complete): Promise<S3Content> {
  const part = wanted && 'from' in wanted ? wanted : undefined
  const mostBytes = wanted && 'mostBytes' in wanted ? wanted.mostBytes : Number.POSITIVE_INFINITY
  const range = part && { Range: `bytes=${part.from}-${part.from + PIECE_BYTES - 1}` }
  const condition = part?.etag !== undefined && { IfMatch: `"${part.etag}"` }
  const command = new GetObjectCommand({ Bucket: name, Key: key, ...range, ...condition })
  return requests.add(async () => {
    const { Body, ContentLength, ContentRange, ETag } = await client.send(command)
    if (ContentLength !== undefined && ContentLength > mostBytes) {
      if (Body instanceof Readable) Body.destroy()
      throw new TooLarge(`s3://${name}/${key}`, ContentLength, mostBytes)
    }
    const body = (await Body?.transformToByteArray()) ?? new Uint8Array()
    if (ContentLength !== undefined && body.length !== ContentLength) throw truncated(body.length, ContentLength)
    const size = Number(/\/(\d+)$/.exec(ContentRange ?? '')?.[1] ?? body.length)
    return { body, size, etag: plainEtag(ETag) }
  })
}

function truncated(bytes: number, expected: number): Error {
  return Object.assign(new Error(`${bytes} of ${expected} bytes came`), { name: 'TruncatedBody' })
}
