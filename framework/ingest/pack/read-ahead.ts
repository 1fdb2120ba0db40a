/** Opens a source's files in order and reads the next ones ahead. */
import { LakeError } from '../../errors.ts'
import type { Storage, StoredContent, StoredFile, StoredStream } from '../../storage/storage.ts'
import { printableLine } from '../../text/printable.ts'

/** A file's content, complete or in pieces. Size and etag are those of this content. */
export type OpenedFile =
  | { readonly kind: 'content'; readonly file: StoredContent }
  | { readonly kind: 'stream'; readonly file: StoredStream }

const MIB = 2 ** 20
const MAX_CONTENT = 8 * MIB
const MAX_FILES_AHEAD = 64
const MAX_BYTES_AHEAD = 64 * MIB

interface Ahead {
  readonly bytes: number
  readonly open: () => Promise<OpenedFile>
}

/**
 * Opens the files in order. Reads files of at most 8 MiB ahead, at most 64 of them and 64 MiB. A
 * larger file is a stream, which is opened when its turn comes. Throws `source-changed` if a file
 * disappeared after it was listed.
 */
export async function* readAhead(storage: Storage, files: readonly StoredFile[]): AsyncGenerator<OpenedFile> {
  const ahead: Ahead[] = []
  let bytes = 0
  for (const file of files) {
    const last = startReading(storage, file)
    ahead.push(last)
    bytes += last.bytes
    while (ahead.length > MAX_FILES_AHEAD || bytes > MAX_BYTES_AHEAD) {
      const first = ahead.shift()
      if (!first) break
      bytes -= first.bytes
      yield await first.open()
    }
  }
  for (const { open } of ahead) yield await open()
}

function startReading(storage: Storage, file: StoredFile): Ahead {
  if (file.size > MAX_CONTENT) return { bytes: 0, open: () => openStream(storage, file) }
  const content = openContent(storage, file)
  // Avoids an unhandled rejection: after an earlier file failed, nothing awaits this one.
  content.catch(() => undefined)
  return { bytes: file.size, open: () => content }
}

async function openContent(storage: Storage, file: StoredFile): Promise<OpenedFile> {
  const content = await storage.read(file.path)
  return { kind: 'content', file: content ?? throwMissing(storage, file) }
}

async function openStream(storage: Storage, file: StoredFile): Promise<OpenedFile> {
  const stream = await storage.stream(file.path)
  return { kind: 'stream', file: stream ?? throwMissing(storage, file) }
}

function throwMissing(storage: Storage, file: StoredFile): never {
  throw new LakeError('source-changed', {
    problem: `${printableLine(file.path)} disappeared from ${storage.uri} before it was read`,
    remedy: 'Run again.',
    details: { file: file.path },
  })
}
