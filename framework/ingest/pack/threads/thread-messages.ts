/** Declares the messages between a run and its packing threads. */
import { type ErrorParts, LakeError } from '../../../errors.ts'
import type { StoredFile } from '../../../storage/storage.ts'
import type { LineRules } from '../../lines/line-columns.ts'
import type { PackRequest } from '../pack.ts'
import type { PackedBatch } from '../packed-batch.ts'

/** The data with which a packing thread starts. */
export interface ThreadStart
  extends LineRules,
    Pick<PackRequest, 'format' | 'maxUnpackedBytes' | 'directory' | 'batchBytes' | 'inPlace'> {
  readonly localRoot: string
}

/**
 * `share`: pack these files. `next`: send the next batch of the share. `abort`: end the share
 * early.
 */
export type ToThread =
  | { readonly kind: 'share'; readonly files: readonly StoredFile[] }
  | { readonly kind: 'next' }
  | { readonly kind: 'abort' }
  | { readonly kind: 'end' }

/**
 * `batch`, `done` and `failed` answer `next`. `files` counts the share's files that have been read.
 */
export type FromThread =
  | { readonly kind: 'batch'; readonly batch: PackedBatch }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'progress'; readonly files: number }

/** An error as plain data. A copy of an error object would lose its class. */
interface SentError {
  readonly message: string
  readonly stack: string | undefined
  readonly lake?: Pick<LakeError, 'code'> & Pick<ErrorParts, 'problem' | 'remedy' | 'asset' | 'details'>
}

export function sendError(error: unknown): SentError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  if (!(error instanceof LakeError)) return { message, stack }
  const { code, problem, remedy, asset, details } = error
  return { message, stack, lake: { code, problem, remedy, asset, details } }
}

export function receiveError({ message, stack, lake }: SentError): Error {
  if (lake) return new LakeError(lake.code, { ...lake, message })
  const error = new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
