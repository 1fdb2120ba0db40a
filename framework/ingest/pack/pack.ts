/** Packs the rows of a source's files into local batches for an engine. */
import { Buffer, isUtf8 } from 'node:buffer'
import { randomUUID } from 'node:crypto'
import { unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DEFAULT_MAX_UNPACKED } from '../../declare/definition.ts'
import { type CsvFormat, jsonLines, type StreamedFormat } from '../../declare/format/file-format.ts'
import type { ReadableFiles } from '../../storage/local/local-files.ts'
import type { OpenFile, StoredFile } from '../../storage/storage.ts'
import { MIB } from '../../storage/units.ts'
import { canStayInFile } from '../fast/fast-records.ts'
import type { LineRules } from '../lines/line-columns.ts'
import { otherShape, otherShapeOfLine } from '../lines/other-shape.ts'
import { plainSplitter, recordSplitter } from '../records/pack-records.ts'
import { splitRecords } from '../records/split-records.ts'
import { FileRefused } from '../refused-file.ts'
import { isNamedCompressed } from '../unpack/compressed-names.ts'
import { type Unpacked, unpack } from '../unpack/unpack.ts'
import { BatchFile } from './batch-file.ts'
import { addLines, NO_LINES } from './batches.ts'
import { lineBlocks, type ReadLines } from './line-blocks.ts'
import { LINE_LIMITS, LinePacker } from './line-packer.ts'
import type { PackedBatch, PlainLines } from './packed-batch.ts'
import { Packer } from './packer.ts'
import { blocksOf, type OpenedFile, piecesOf, readAhead, reopened } from './read-ahead.ts'

export type { PackedBatch, PackedFile, PlainFile } from './packed-batch.ts'

export interface PackRequest extends LineRules {
  readonly storage: ReadableFiles
  /** Ordered by path. */
  readonly files: readonly StoredFile[]
  /** The default is lines of JSON. */
  readonly format?: StreamedFormat
  /** Maximum size of the unpacked content of a compressed file, in bytes. */
  readonly maxUnpackedBytes?: number
  /** An existing local directory that is only for batches. */
  readonly directory: string
  /**
   * Size of a batch, in bytes. A batch ends with the file that reaches this size, or with the line
   * that reaches twice the size. A file that can be refused as a whole ends in the batch in which
   * it began: that is any file except one of uncompressed lines.
   */
  readonly batchBytes: number
  /** Whether plain files stay where they are. If not, their lines are packed like all others. */
  readonly inPlace?: boolean
  /** Called from time to time with the number of files that have been read. */
  readonly progress?: (files: number) => void
  readonly signal?: AbortSignal
}

// Local reads can finish without a turn of the event loop. Without a pause, timers and signals
// would wait until the last file.
const BYTES_A_TURN = 4 * MIB
/** Opening a file counts as reading this many bytes. */
const BYTES_FOR_OPENING = 16 * 2 ** 10
/** Below this size, packing a file costs less than an engine needs to open it. */
const MIN_PLAIN_BYTES = MIB
/**
 * Minimum size of an archive that is unpacked to a plain file. An archive is several times smaller
 * than its content.
 */
const MIN_ARCHIVE_BYTES = MIB / 8
/** The content of an archive comes in large pieces, so writing it needs no buffer. */
const NO_BUFFER = Buffer.alloc(0)

/**
 * Reads the files, validates every line, and packs the rows into batches. Each source file is in
 * the `files` of exactly one batch, so the last batch can have no rows. Without source files, there
 * is no batch. Throws `source-changed` if a file disappeared after it was listed.
 */
export async function* packFiles(request: PackRequest): AsyncGenerator<PackedBatch> {
  const packer = new Packer(request, request)
  const context: PackContext = { request, packer, pace: new Pace(request) }
  try {
    for await (const opened of readAhead(request.storage, request.files)) {
      await context.pace.pause(BYTES_FOR_OPENING)
      if (packer.isFull) yield packer.finishBatch()
      packer.beginFile(opened.file.path)
      if (packer.refusal !== undefined || !mayBePlain(opened.file, request)) yield* packFile(opened, context)
      else {
        const plain = await plainLinesOf(opened, context)
        if (plain) packer.takePlain(opened.file, plain)
        else yield* packFile(await reopened(request.storage, opened), context)
      }
      context.pace.files++
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

interface PackContext {
  readonly request: PackRequest
  readonly packer: Packer
  readonly pace: Pace
}

async function* packFile(opened: OpenedFile, context: PackContext): AsyncGenerator<PackedBatch> {
  const { packer, request } = context
  packer.beginFile(opened.file.path)
  try {
    if (mayBePlainInside(opened.file, context)) {
      const unpacked = await unpackPlain(opened, context)
      if (unpacked) {
        packer.takeUnpacked(opened.file, unpacked.lines, unpacked.location)
        return
      }
      packer.beginFile(opened.file.path)
      yield* packContent(await reopened(request.storage, opened), context)
    } else yield* packContent(opened, context)
  } catch (error) {
    if (!(error instanceof FileRefused)) throw error
    packer.refuseFile(error.reason)
  }
  packer.endFile(opened.file)
}

async function* packContent(opened: OpenedFile, context: PackContext): AsyncGenerator<PackedBatch> {
  const { packer, request } = context
  const { format = jsonLines() } = request
  const unpacked = await contentOf(opened, request)
  if (format.kind === 'json-lines') yield* packLines(opened, unpacked, context)
  else {
    const splitter = recordSplitter(format, request, packer)
    await splitRecords(unpacked.chunks, splitter, (bytes) => context.pace.pause(bytes))
  }
}

const contentOf = (opened: OpenedFile, { maxUnpackedBytes = DEFAULT_MAX_UNPACKED }: PackRequest): Promise<Unpacked> =>
  unpack(piecesOf(opened), { maxBytes: maxUnpackedBytes, packedBytes: opened.file.size })

/** Yields no batch while it reads a compressed file, because that file can still be refused. */
async function* packLines(
  opened: OpenedFile,
  { compression, chunks }: Unpacked,
  { packer, pace }: PackContext,
): AsyncGenerator<PackedBatch> {
  const isWhole = opened.kind === 'content' && compression === undefined
  const blocks = isWhole ? blocksOf(opened, LINE_LIMITS) : lineBlocks(chunks, LINE_LIMITS)
  const linePacker = new LinePacker(packer)
  let isFirst = true
  for await (const block of blocks) {
    const shape = isFirst ? otherShape(block.bytes) : undefined
    if (shape) throw shape
    isFirst = false
    const lines = { ...block, isUtf8: isUtf8(block.bytes) }
    for (let at = 0; at < lines.bytes.length; ) {
      if (packer.isOverfull && compression === undefined) yield packer.finishBatch()
      at = linePacker.take(lines, at)
    }
    await pace.pause(lines.bytes.length)
  }
  const { onlyReject } = linePacker
  const shape = onlyReject === undefined ? undefined : otherShapeOfLine(onlyReject)
  if (shape) throw shape
}

/**
 * Whether the file can stay in place. A file that can have changed while it was read is packed. So
 * are lines that fill two batches, because the rows of such a file go to several data files.
 */
function mayBePlain({ local, settled, size }: OpenFile, { inPlace = false, ...request }: PackRequest): boolean {
  const { format = jsonLines(), batchBytes } = request
  if (!inPlace || !settled || local === undefined || size < MIN_PLAIN_BYTES) return false
  return format.kind === 'json-lines' ? size <= 2 * batchBytes : format.kind === 'csv' && canStayInFile(format)
}

/** Undefined if any line of the file is not plain. */
async function plainLinesOf(opened: OpenedFile, context: PackContext): Promise<PlainLines | undefined> {
  const { packer, pace, request } = context
  if (request.format?.kind === 'csv') return plainRecordsOf(opened, request.format, context)
  let found = NO_LINES
  for await (const lines of linesOf(opened)) {
    const plain = packer.plainLines(lines)
    if (!plain) return undefined
    found = addLines(found, plain)
    await pace.pause(lines.bytes.length)
  }
  return found
}

/** Undefined if any record of the file is not plain, or if the file is refused. */
async function plainRecordsOf(
  opened: OpenedFile,
  format: CsvFormat,
  context: PackContext,
): Promise<PlainLines | undefined> {
  const { splitter, records } = plainSplitter(format, context.request, context.packer)
  try {
    await splitRecords(piecesOf(opened), splitter, async (bytes) => {
      if (records.isBroken) throw new FileRefused('a record is not plain')
      await context.pace.pause(bytes)
    })
  } catch (error) {
    if (error instanceof FileRefused) return undefined
    throw error
  }
  const { isBroken, rows, longest, delimited } = records
  return isBroken || rows === 0 ? undefined : { rows, bytes: opened.file.size, longest, delimited }
}

/**
 * Whether the content of an archive can be plain lines, and is large enough for a file of its own.
 */
function mayBePlainInside({ path, size }: OpenFile, { request, packer }: PackContext): boolean {
  const { format = jsonLines(), inPlace = false } = request
  return (
    inPlace &&
    format.kind === 'json-lines' &&
    packer.refusal === undefined &&
    size >= MIN_ARCHIVE_BYTES &&
    isNamedCompressed(path)
  )
}

/** Unpacks the lines of an archive to a file of their own. Undefined if any line is not plain. */
async function unpackPlain(
  opened: OpenedFile,
  { request, packer, pace }: PackContext,
): Promise<{ readonly lines: PlainLines; readonly location: string } | undefined> {
  const { chunks } = await contentOf(opened, request)
  const location = join(request.directory, `unpacked-${randomUUID()}.ndjson`)
  const file = new BatchFile(location, NO_BUFFER)
  let lines = NO_LINES
  let isPlain = false
  try {
    for await (const block of lineBlocks(chunks, LINE_LIMITS)) {
      const plain = packer.plainLines({ ...block, isUtf8: isUtf8(block.bytes) })
      if (!plain) return undefined
      lines = addLines(lines, plain)
      file.addRows({ bytes: block.bytes, rows: plain.rows, longest: plain.longest })
      await pace.pause(block.bytes.length)
    }
    isPlain = lines.rows > 0
    return isPlain ? { lines, location } : undefined
  } finally {
    file.close()
    if (!isPlain) unlinkSync(location)
  }
}

/**
 * Reports progress and lets other work have its turn after every few MiB. Throws after an abort.
 */
class Pace {
  files = 0
  readonly #request: PackRequest
  #bytesSincePause = 0

  constructor(request: PackRequest) {
    this.#request = request
  }

  async pause(bytes: number): Promise<void> {
    const { progress, signal } = this.#request
    signal?.throwIfAborted()
    this.#bytesSincePause += bytes
    if (this.#bytesSincePause <= BYTES_A_TURN) return
    this.#bytesSincePause = 0
    progress?.(this.files)
    await nextTurn()
    signal?.throwIfAborted()
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

async function* linesOf(opened: OpenedFile): AsyncGenerator<ReadLines> {
  for await (const block of blocksOf(opened, LINE_LIMITS)) yield { ...block, isUtf8: isUtf8(block.bytes) }
}
