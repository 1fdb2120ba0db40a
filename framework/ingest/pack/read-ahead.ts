import { LakeError } from '../../errors.ts'
import type { Storage, StoredContent, StoredFile, StoredStream } from '../../storage/storage.ts'
import { printableLine } from '../../text/printable.ts'

/** A file's content, whole or in pieces; size and etag are those of this content. */
export type OpenedFile =
  | { readonly kind: 'content'; readonly file: StoredContent }
  | { readonly kind: 'stream'; readonly file: StoredStream }

const MIB = 2 ** 20
const LARGEST_CONTENT = 8 * MIB
const MOST_FILES_AHEAD = 64
const MOST_BYTES_AHEAD = 64 * MIB

interface Ahead {
  readonly bytes: number
  readonly open: () => Promise<OpenedFile>
}

/**
 * Opens the files in their order, the next ones being read meanwhile: files of up to 8 MiB, at most 64 of them and 64 MiB. A larger file
 * is a stream, opened when its turn comes. A file that is gone since it was listed is a LakeError `source-changed`.
 */
export async function* readAhead(storage: Storage, files: readonly StoredFile[]): AsyncGenerator<OpenedFile> {
  const ahead: Ahead[] = []
  let bytes = 0
  for (const file of files) {
    const last = startReading(storage, file)
    ahead.push(last)
    bytes += last.bytes
    while (ahead.length > MOST_FILES_AHEAD || bytes > MOST_BYTES_AHEAD) {
      const first = ahead.shift()
      if (!first) break
      bytes -= first.bytes
      yield await first.open()
    }
  }
  for (const { open } of ahead) yield await open()
}

function startReading(storage: Storage, file: StoredFile): Ahead {
  if (file.size > LARGEST_CONTENT) return { bytes: 0, open: () => openStream(storage, file) }
  const reading = readContent(storage, file)
  // Whoever awaits it hears of its failure; where an earlier file has failed, nobody does.
  reading.catch(() => undefined)
  return { bytes: file.size, open: () => reading }
}

async function readContent(storage: Storage, file: StoredFile): Promise<OpenedFile> {
  const content = await storage.read(file.path)
  return { kind: 'content', file: content ?? gone(storage, file) }
}

async function openStream(storage: Storage, file: StoredFile): Promise<OpenedFile> {
  const stream = await storage.stream(file.path)
  return { kind: 'stream', file: stream ?? gone(storage, file) }
}

function gone(storage: Storage, file: StoredFile): never {
  throw new LakeError(
    'source-changed',
    `${printableLine(file.path)} disappeared from ${storage.uri} before it was read: run again`,
    {
      details: { file: file.path },
    },
  )
}
