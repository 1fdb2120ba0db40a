/** Opens a local file for reading its footer. */
import { open } from 'node:fs/promises'
import { storageError } from '../../storage/storage-error.ts'
import type { FileBytes } from './footer.ts'

/** Closes the file once `read` has ended. Throws `storage` if the file cannot be read. */
export async function withBytes<Value>(path: string, read: (bytes: FileBytes) => Promise<Value>): Promise<Value> {
  const handle = await open(path).catch((error) => {
    throw storageError('read', path, error)
  })
  try {
    const { size: byteLength } = await handle.stat()
    const slice = async (start: number, end = byteLength) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start))
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, start).catch((error) => {
        throw storageError('read', path, error)
      })
      return bytes.buffer.slice(0, bytesRead)
    }
    return await read({ byteLength, slice })
  } finally {
    await handle.close()
  }
}
