/** A storage whose files are in memory. */
import { Buffer } from 'node:buffer'
import { noCopies } from '../../../framework/storage/copies/local-copies.ts'
import type { Storage, StoredFile } from '../../../framework/storage/storage.ts'

export type Contents = Readonly<Record<string, string | Uint8Array>>

/**
 * The parts of a storage that packing needs. A stream comes in chunks of `chunkBytes`. Each chunk
 * reuses the memory of the one before.
 */
export function memoryStorage(contents: Contents, chunkBytes = 1000): Storage {
  const unused = () => Promise.reject(new Error('packing only reads'))
  const find = (path: string) => {
    const content = contents[path]
    if (content === undefined) return undefined
    const body = Buffer.from(content)
    return { path, size: body.length, etag: `etag of ${path}`, settled: true, body }
  }
  return {
    uri: 'memory',
    copies: noCopies,
    exists: async () => true,
    list: unused,
    listPacked: unused,
    inventory: unused,
    names: unused,
    directories: unused,
    read: async (path) => find(path),
    stream: async (path) => {
      const file = find(path)
      return file && { path, size: file.size, etag: file.etag, settled: true, chunks: chunksOf(file.body, chunkBytes) }
    },
    put: unused,
    putIfAbsent: unused,
    putLocalFile: unused,
    move: unused,
    copy: unused,
    delete: unused,
    locate: (path) => path,
  }
}

async function* chunksOf(body: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  const memory = new Uint8Array(chunkBytes)
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes)
    memory.set(chunk)
    yield memory.subarray(0, chunk.length)
    memory.fill(0x3f)
  }
}

/**
 * A listing in which a file has the given `size`. The size decides whether lake reads or streams
 * the file.
 */
export function listed(paths: readonly string[], size = 0): readonly StoredFile[] {
  return paths.map((path) => ({ path, size, etag: 'as listed' }))
}
