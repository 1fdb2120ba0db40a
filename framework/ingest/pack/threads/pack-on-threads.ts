/** Packs the rows of a source's files on several threads, in the order of the files. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { makeDirectory } from '../../../storage/local/make-directory.ts'
import type { StoredFile } from '../../../storage/storage.ts'
import { MIB } from '../../../storage/units.ts'
import type { PackRequest } from '../pack.ts'
import type { PackedBatch, PackedFile } from '../packed-batch.ts'
import { RemotePacking } from './remote-packing.ts'
import { readingCost, sharesOf } from './shares.ts'

/**
 * Minimum size of the work of a thread, in bytes. Starting a thread and compiling its code takes as
 * much CPU time as packing a third of this size.
 */
const MIN_COST_OF_THREAD = 256 * MIB

/** The bundled program of a thread. It is missing if lake runs from its TypeScript. */
const PROGRAM = ['./packing-thread.js', '../packing-thread.js']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path))

export interface PackingThreads {
  readonly count: number
  readonly program: string
}

/** The threads that pack the files, at most `most`. Undefined if the caller's thread packs them. */
export function packingThreads(
  { storage, files, format }: Pick<PackRequest, 'storage' | 'files' | 'format'>,
  most: number,
): PackingThreads | undefined {
  const count = Math.min(most, Math.floor(readingCost(files, format) / MIN_COST_OF_THREAD))
  const isPossible = most > 1 && storage.localRoot !== undefined && PROGRAM !== undefined
  return isPossible && count > 0 ? { count, program: PROGRAM } : undefined
}

/**
 * Like `packFiles`. The batches depend only on the files, and not on the threads. If a share fails,
 * the batches of all shares that have begun come before the error.
 */
export async function* packOnThreads(request: PackRequest, threads: PackingThreads): AsyncGenerator<PackedBatch> {
  const { storage, files, columns, pathColumns = [], unknownKeys = 'ignore', batchBytes, inPlace = false } = request
  const { format, maxUnpackedBytes, signal } = request
  signal?.throwIfAborted()
  const shares = sharesOf(files, batchBytes, format).map((share) => new Share(share))
  const packings = Array.from({ length: Math.min(threads.count, shares.length) }, (_, index) => {
    const directory = join(request.directory, `thread-${index}`)
    makeDirectory(directory)
    return new RemotePacking(threads.program, {
      ...{ localRoot: storage.localRoot ?? '', columns, pathColumns, unknownKeys, directory, batchBytes, inPlace },
      ...(format && { format }),
      ...(maxUnpackedBytes !== undefined && { maxUnpackedBytes }),
    })
  })
  const abort = () => {
    for (const packing of packings) packing.abort()
  }
  signal?.addEventListener('abort', abort, { once: true })
  try {
    yield* new SharedPacking(shares, packings, { abort, progress: request.progress }).batches()
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
    for (const packing of packings) packing.end()
  }
}

/** Files that one thread packs. */
class Share {
  readonly files: readonly StoredFile[]
  /** How many of the files have ended in a batch. */
  packed = 0
  /** Batches that were not taken yet. */
  readonly batches: PackedBatch[] = []
  state: 'waiting' | 'begun' | 'ended' = 'waiting'
  /** How many of the files have been read. */
  read = 0

  constructor(files: readonly StoredFile[]) {
    this.files = files
  }

  add(batch: PackedBatch): void {
    const files = batch.files.map((file, index) => withTextsOf(this.files[this.packed + index], file))
    this.packed += files.length
    this.batches.push({ ...batch, files })
  }
}

/** The thread sends copies of the texts, which would take twice the memory for a million files. */
function withTextsOf(listed: StoredFile | undefined, file: PackedFile): PackedFile {
  return listed?.path === file.path && listed.etag === file.etag
    ? { ...file, path: listed.path, etag: listed.etag }
    : file
}

interface WatchContext {
  readonly abort: () => void
  readonly progress: PackRequest['progress']
}

/** Gives each free thread the next share, and returns the batches in the order of the shares. */
class SharedPacking {
  readonly #shares: readonly Share[]
  readonly #packings: readonly RemotePacking[]
  readonly #watching: WatchContext
  /** The share whose batches are returned now. */
  #current: Share | undefined
  #failure: { readonly error: unknown } | undefined
  #changed = new Signal()

  constructor(shares: readonly Share[], packings: readonly RemotePacking[], watching: WatchContext) {
    this.#shares = shares
    this.#packings = packings
    this.#watching = watching
  }

  async *batches(): AsyncGenerator<PackedBatch> {
    for (const packing of this.#packings) void this.#work(packing)
    for (const share of this.#shares) {
      this.#current = share
      this.#changed.give()
      for (;;) {
        const batch = share.batches.shift()
        if (batch) {
          this.#changed.give()
          yield batch
        } else if (share.state === 'ended' || (share.state === 'waiting' && this.#failure)) break
        else await this.#changed.taken()
      }
    }
    if (this.#failure) throw this.#failure.error
  }

  async #work(packing: RemotePacking): Promise<void> {
    for (let share = this.#nextShare(); share; share = this.#nextShare()) {
      try {
        await this.#pack(share, packing)
      } catch (error) {
        this.#failure ??= { error }
        this.#watching.abort()
      }
      share.state = 'ended'
      this.#changed.give()
    }
  }

  #nextShare(): Share | undefined {
    const share = this.#failure ? undefined : this.#shares.find(({ state }) => state === 'waiting')
    if (share) share.state = 'begun'
    return share
  }

  async #pack(share: Share, packing: RemotePacking): Promise<void> {
    packing.begin(share.files, (files) => this.#report(share, files))
    for (;;) {
      while (!this.#hasRoomFor(share)) await this.#changed.taken()
      const batch = await packing.next()
      if (!batch) break
      share.add(batch)
      this.#changed.give()
    }
    this.#report(share, share.files.length)
  }

  /** A later share waits until there is room, so that its batches do not fill the disk. */
  #hasRoomFor(share: Share): boolean {
    const untaken = this.#shares.reduce((sum, { batches }) => sum + batches.length, 0)
    return share === this.#current ? share.batches.length === 0 : untaken < this.#packings.length
  }

  #report(share: Share, files: number): void {
    share.read = files
    this.#watching.progress?.(this.#shares.reduce((sum, { read }) => sum + read, 0))
  }
}

/** Wakes all that wait for a change. */
class Signal {
  #give: () => void = () => undefined
  #taken = this.#renew()

  give(): void {
    this.#give()
    this.#taken = this.#renew()
  }

  taken(): Promise<void> {
    return this.#taken
  }

  #renew(): Promise<void> {
    return new Promise((resolve) => {
      this.#give = resolve
    })
  }
}
