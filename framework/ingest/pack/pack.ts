/** Packs the rows of a source's files into local batches for an engine. */
import { isUtf8 } from 'node:buffer'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Column } from '../../declare/columns.ts'
import type { Storage, StoredFile } from '../../storage/storage.ts'
import { asBuffer, type LineBlock, lineBlocks } from './line-blocks.ts'
import type { PackedBatch } from './packed-batch.ts'
import { LINE_LIMITS, Packer } from './packer.ts'
import { type OpenedFile, readAhead } from './read-ahead.ts'

export type { PackedBatch, PackedFile } from './packed-batch.ts'

export interface PackRequest {
  readonly storage: Storage
  /** Ordered by path. */
  readonly files: readonly StoredFile[]
  readonly columns: readonly Column[]
  /** An existing local directory that is only for batches. */
  readonly directory: string
  /**
   * Size of a batch, in bytes. A batch ends with the file that reaches this size, or with the line
   * that reaches twice the size.
   */
  readonly batchBytes: number
  /** Called from time to time with the number of files that have been read. */
  readonly progress?: (files: number) => void
  readonly signal?: AbortSignal
}

// Local reads can finish without a turn of the event loop. Without a pause, timers and signals
// would wait until the last file.
const BYTES_A_TURN = 4 * 2 ** 20
const COST_OF_OPENING = 16 * 2 ** 10

/**
 * Reads the files, validates every line, and packs the rows into batches. Each source file is in
 * the `files` of exactly one batch, so the last batch can have no rows. Without source files, there
 * is no batch. Throws `source-changed` if a file disappeared after it was listed.
 */
export async function* packFiles(request: PackRequest): AsyncGenerator<PackedBatch> {
  const packer = new Packer(request.columns, request)
  let work = 0
  let files = 0
  try {
    for await (const opened of readAhead(request.storage, request.files)) {
      request.signal?.throwIfAborted()
      if (packer.isFull) yield packer.finishBatch()
      packer.beginFile(opened.file.path)
      work += COST_OF_OPENING
      for await (const block of blocksOf(opened)) {
        request.signal?.throwIfAborted()
        const lines = { ...block, isUtf8: isUtf8(block.bytes) }
        for (let at = 0; at < lines.bytes.length; ) {
          if (packer.isOverfull) yield packer.finishBatch()
          at = packer.take(lines, at)
        }
        work += lines.bytes.length
        if (work > BYTES_A_TURN) {
          request.progress?.(files)
          await nextTurn()
          work = 0
        }
      }
      packer.endFile(opened.file)
      files++
    }
    if (!packer.isEmpty) yield packer.finishBatch()
  } catch (error) {
    const last = unfinishedBatch(packer)
    if (last) yield last
    throw error
  } finally {
    packer.close()
  }
}

/** The batch that an error interrupted. Undefined if it is empty, or if writing it failed. */
function unfinishedBatch(packer: Packer): PackedBatch | undefined {
  try {
    return packer.isEmpty ? undefined : packer.finishBatch()
  } catch {
    return undefined
  }
}

async function* blocksOf(opened: OpenedFile): AsyncGenerator<LineBlock> {
  switch (opened.kind) {
    case 'content':
      yield { kind: 'lines', bytes: asBuffer(opened.file.body) }
      return
    case 'stream':
      yield* lineBlocks(opened.file.chunks, LINE_LIMITS)
  }
}
