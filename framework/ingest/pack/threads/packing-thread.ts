/** The program of a packing thread: packs the shares of a source's files that it is sent. */
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { localFiles } from '../../../storage/local/local-files.ts'
import { makeDirectory } from '../../../storage/local/make-directory.ts'
import { type PackedBatch, packFiles } from '../pack.ts'
import { type FromThread, sendError, type ThreadStart, type ToThread } from './thread-messages.ts'

const { localRoot, ...start } = workerData as ThreadStart
const storage = localFiles(localRoot, memoryUsedAgain())
const aborting = new AbortController()
let shares = 0
let batches: AsyncGenerator<PackedBatch> | undefined

/**
 * Returns memory that is reused for each file, so that the system need not clear new memory. This
 * is possible because a thread packs one file after another.
 */
function memoryUsedAgain(): (bytes: number) => Uint8Array {
  let memory = Buffer.alloc(0)
  return (bytes) => {
    if (memory.length < bytes) memory = Buffer.allocUnsafeSlow(bytes)
    return memory.subarray(0, bytes)
  }
}

const send = (message: FromThread): void => parentPort?.postMessage(message)

async function sendNext(): Promise<void> {
  try {
    const next = await batches?.next()
    send(next && !next.done ? { kind: 'batch', batch: next.value } : { kind: 'done' })
  } catch (error) {
    send({ kind: 'failed', error: sendError(error) })
  }
}

parentPort?.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'share': {
      shares++
      const progress = (files: number) => send({ kind: 'progress', files })
      const directory = join(start.directory, String(shares))
      makeDirectory(directory)
      batches = packFiles({ ...start, directory, storage, files: message.files, progress, signal: aborting.signal })
      return
    }
    case 'next':
      void sendNext()
      return
    case 'abort':
      aborting.abort()
      return
    case 'end':
      parentPort?.close()
  }
})
