/** Opens a source's files in order and reads the next ones ahead. */
import { LakeError } from '../../errors.ts'
import type { ReadableFiles } from '../../storage/local/local-files.ts'
import type { StoredContent, StoredFile, StoredStream } from '../../storage/storage.ts'
import { MIB } from '../../storage/units.ts'
import { printableLine } from '../../text/printable.ts'
import { asBuffer, type LineBlock, type LineLimits, lineBlocks } from './line-blocks.ts'

/** A file's content, complete or in pieces. Size and etag belong to this content. */
export type OpenedFile =
  | { readonly kind: 'content'; readonly file: StoredContent }
  | { readonly kind: 'stream'; readonly file: StoredStream }

const MAX_CONTENT = 8 * MIB
const MAX_FILES_AHEAD = 64
const MAX_BYTES_AHEAD = 64 * MIB

interface Ahead {
  readonly bytes: number
  readonly open: () => Promise<OpenedFile>
}

/**
 * Opens the files in order. If they are not local, reads files of at most 8 MiB ahead, at most 64
 * of them and 64 MiB. Opens a larger file as a stream when its turn comes. The next file can reuse
 * the memory of a content. Throws `source-changed` if a file disappeared after it was listed.
 */
export async function* readAhead(storage: ReadableFiles, files: readonly StoredFile[]): AsyncGenerator<OpenedFile> {
  const maxFiles = storage.localRoot === undefined ? MAX_FILES_AHEAD : 0
  const ahead: Ahead[] = []
  let bytes = 0
  for (const file of files) {
    const last = startReading(storage, file)
    ahead.push(last)
    bytes += last.bytes
    while (ahead.length > maxFiles || bytes > MAX_BYTES_AHEAD) {
      const first = ahead.shift()
      if (!first) break
      bytes -= first.bytes
      yield await first.open()
    }
  }
  for (const { open } of ahead) yield await open()
}

function startReading(storage: ReadableFiles, file: StoredFile): Ahead {
  if (file.size > MAX_CONTENT) return { bytes: 0, open: () => openStream(storage, file) }
  const content = openContent(storage, file)
  // Avoids an unhandled rejection: after an earlier file failed, nothing awaits this one.
  content.catch(() => undefined)
  return { bytes: file.size, open: () => content }
}

/**
 * Opens the file again from its beginning, after a part of it was read. A stream can then have
 * other content.
 */
export async function reopened(storage: ReadableFiles, opened: OpenedFile): Promise<OpenedFile> {
  return opened.kind === 'content' ? opened : openStream(storage, opened.file)
}

async function openContent(storage: ReadableFiles, file: StoredFile): Promise<OpenedFile> {
  const content = await storage.read(file.path)
  return { kind: 'content', file: content ?? throwMissing(storage, file) }
}

async function openStream(storage: ReadableFiles, file: StoredFile): Promise<OpenedFile> {
  const stream = await storage.stream(file.path)
  return { kind: 'stream', file: stream ?? throwMissing(storage, file) }
}

function throwMissing(storage: ReadableFiles, file: StoredFile): never {
  throw new LakeError('source-changed', {
    problem: `${printableLine(file.path)} disappeared from ${storage.uri} before it was read`,
    remedy: 'Run again.',
    details: { file: file.path },
  })
}

/** The bytes of an opened file, in pieces. They can be read once. */
export async function* piecesOf(opened: OpenedFile): AsyncGenerator<Uint8Array> {
  if (opened.kind === 'stream') yield* opened.file.chunks
  else yield opened.file.body
}

/** The lines of an opened file. Its content can be read once. */
export async function* blocksOf(opened: OpenedFile, limits: LineLimits): AsyncGenerator<LineBlock> {
  switch (opened.kind) {
    case 'content':
      yield { kind: 'lines', bytes: asBuffer(opened.file.body) }
      return
    case 'stream':
      yield* lineBlocks(opened.file.chunks, limits)
  }
}
