/** Starts a packing thread, and requests batches from it. */
import { Worker } from 'node:worker_threads'
import type { StoredFile } from '../../../storage/storage.ts'
import type { PackedBatch } from '../packed-batch.ts'
import { type FromThread, receiveError, type ThreadStart, type ToThread } from './thread-messages.ts'

interface Asked {
  readonly resolve: (batch: PackedBatch | undefined) => void
  readonly reject: (error: Error) => void
}

/** A packing thread. It packs one share at a time. */
export class RemotePacking {
  readonly #worker: Worker
  #asked: Asked | undefined
  #broken: Error | undefined
  #progress: (files: number) => void = () => undefined

  /** `program` is the path of the thread's bundled code. */
  constructor(program: string, start: ThreadStart) {
    this.#worker = new Worker(program, { workerData: start })
    this.#worker.on('message', (message: FromThread) => this.#receive(message))
    this.#worker.on('error', (error) => this.#break(error))
    this.#worker.on('exit', (status) => this.#break(new Error(`a packing thread ended with status ${status}`)))
  }

  /** Begins to pack the files. `progress` gets the number of them that have been read. */
  begin(files: readonly StoredFile[], progress: (files: number) => void): void {
    this.#progress = progress
    this.#send({ kind: 'share', files })
  }

  /** The next batch of the share, undefined after its last one. Throws like `packFiles`. */
  next(): Promise<PackedBatch | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#broken) return reject(this.#broken)
      this.#asked = { resolve, reject }
      this.#send({ kind: 'next' })
    })
  }

  /** Ends the share with an error, after a batch of what was packed so far. */
  abort(): void {
    this.#send({ kind: 'abort' })
  }

  end(): void {
    this.#send({ kind: 'end' })
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message)
  }

  #receive(message: FromThread): void {
    switch (message.kind) {
      case 'progress':
        this.#progress(message.files)
        return
      case 'batch':
        this.#asked?.resolve(message.batch)
        return
      case 'done':
        this.#asked?.resolve(undefined)
        return
      case 'failed':
        this.#asked?.reject(receiveError(message.error))
    }
  }

  #break(error: Error): void {
    this.#broken = error
    this.#asked?.reject(error)
  }
}
