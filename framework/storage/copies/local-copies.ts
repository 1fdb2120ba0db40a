/** Keeps local copies of stored files for engines that read only local files. */
import { createHash } from 'node:crypto'
import { rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { LakeError } from '../../errors.ts'
import { printableLine } from '../../text/printable.ts'
import { takeFile, throughTemporary } from '../local/local-write.ts'
import { makePrivate } from '../local/private-directory.ts'
import { retryTransient } from '../s3/s3-retry.ts'
import type { LocalCopies, StoredStream } from '../storage.ts'
import { CopySums, hashed, sha256Of } from './copy-sums.ts'
import { HOUR_MS, keepCopy, trimOnce } from './trim-copies.ts'

const MAX_DOWNLOADS = 8

/** The storage from which files are copied. */
interface CopyOrigin {
  /** The beginning of every location, such as `s3://bucket/prefix`. */
  readonly root: string
  /** Opens a file below the root; undefined if it is missing. */
  open(path: string): Promise<StoredStream | undefined>
  /** Whether a failed download with this error can succeed when it is tried again. */
  isTransient(error: unknown, attempts: number): boolean
}

/** Local files, which need no copies. */
export const noCopies: LocalCopies = {
  pathOf: (location) => location,
  locationOf: (localPath) => localPath,
  fetch: async () => {},
}

/**
 * Copies of `scheme://bucket/path` under `directory/bucket/path`. A copy is complete or missing,
 * and processes that fetch the same file at the same time write the same copy. A copy that was
 * damaged later is thrown away and fetched again. The directory can be removed whenever no lake is
 * running.
 */
export class CachedCopies implements LocalCopies {
  readonly #directory: string
  readonly #origin: CopyOrigin
  /** With the `://`. */
  readonly #scheme: string
  readonly #sums: CopySums
  readonly #downloads = new Map<string, Promise<void>>()
  #isPrivate = false

  constructor(directory: string, origin: CopyOrigin) {
    this.#directory = directory
    this.#origin = origin
    this.#scheme = `${origin.root.split('://', 1)[0]}://`
    this.#sums = new CopySums(directory)
  }

  /** An arrow function like `locationOf`, so that callers can pass it on. */
  readonly pathOf = (location: string): string => {
    if (!location.startsWith(this.#scheme)) return location
    const segments = location.slice(this.#scheme.length).split('/')
    if (segments.some((segment) => ['', '.', '..'].includes(segment))) throw hasNoLocalName(location)
    return join(this.#directory, ...segments)
  }

  readonly locationOf = (localPath: string): string => {
    const path = relative(this.#directory, localPath)
    return path.startsWith('..') || isAbsolute(path) ? localPath : `${this.#scheme}${path}`
  }

  async fetch(locations: Iterable<string>): Promise<void> {
    const own = [...new Set(locations)].filter((location) => location.startsWith(`${this.#origin.root}/`))
    const pending = own.values()
    let failed = false
    // The workers take from one iterator. After a failure, no worker starts another download, and
    // running downloads finish.
    const workers = Array.from({ length: MAX_DOWNLOADS }, async () => {
      for (let next = pending.next(); !next.done && !failed; next = pending.next()) {
        await this.#ensureCopy(next.value).catch((error) => {
          failed = true
          throw error
        })
      }
    })
    const failure = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected')
    if (failure?.status === 'rejected') throw failure.reason
  }

  /**
   * Moves a local file that has the content of `location` to its copy's path. If that fails, there
   * is no copy.
   */
  async adopt(localPath: string, location: string): Promise<void> {
    try {
      this.#ensurePrivate()
      const local = this.pathOf(location)
      keepCopy(local)
      await takeFile(localPath, local)
      const sha256 = await sha256Of(local)
      if (sha256 !== undefined) await this.#sums.record(local, sha256)
      await trimOnce(this.#directory)
    } catch {
      // A later `fetch` downloads the file.
    }
  }

  /** Removes the copy of a deleted file. */
  async drop(location: string): Promise<void> {
    try {
      const local = this.pathOf(location)
      await rm(local, { force: true })
      await this.#sums.remove(local)
    } catch {
      // A copy that stays does no harm: trimming removes it when it was unused for longest.
    }
  }

  async #ensureCopy(location: string): Promise<void> {
    this.#ensurePrivate()
    const local = this.pathOf(location)
    keepCopy(local)
    if ((await this.#sums.isIntact(local)) && (await markUsed(local, this.#sums))) return
    const running =
      this.#downloads.get(local) ?? this.#download(location, local).finally(() => this.#downloads.delete(local))
    this.#downloads.set(local, running)
    await running
  }

  async #download(location: string, local: string): Promise<void> {
    let attempts = 0
    const sha256 = await retryTransient(
      async () => {
        attempts++
        const content = await this.#origin.open(location.slice(this.#origin.root.length + 1))
        return content && writeCompletely(local, content)
      },
      (error) => this.#origin.isTransient(error, attempts),
    )
    if (sha256 !== undefined) await this.#sums.record(local, sha256)
    // The original is missing, and the file at `local` was found to be damaged.
    else await rm(local, { force: true })
    await trimOnce(this.#directory)
  }

  /** A copy is trusted because of its directory, so other users must not be able to write there. */
  #ensurePrivate(): void {
    if (!this.#isPrivate) makePrivate(this.#directory)
    this.#isPrivate = true
  }
}

function hasNoLocalName(location: string): LakeError {
  return new LakeError('storage', {
    problem: `Cannot read ${printableLine(location)} from a local copy: a part of its path is empty, . or .., which no local file can have as its name`,
    remedy: 'Rename it.',
  })
}

/**
 * Records the use of a copy, so that trimming removes others first. False if another process has
 * removed the copy: it has to be fetched again.
 */
async function markUsed(local: string, sums: CopySums): Promise<boolean> {
  const stats = await stat(local).catch(() => undefined)
  const now = new Date()
  if (!stats || now.getTime() - stats.mtimeMs <= HOUR_MS) return stats !== undefined
  const marked = await utimes(local, now, now).then(
    () => true,
    () => false,
  )
  // `utimes` changes the stamp. `isIntact` records the new one, so that the next use need not read
  // the content.
  return marked && sums.isIntact(local)
}

/** Writes all of the content or nothing, and returns its checksum. */
async function writeCompletely(local: string, content: StoredStream): Promise<string> {
  const hash = createHash('sha256')
  await throughTemporary(local, async (temporary) => {
    await writeFile(temporary, hashed(content.chunks, hash), { flush: true })
    const { size } = await stat(temporary)
    if (size !== content.size) throw new Error(`${size} of ${content.size} bytes came`)
    await rename(temporary, local)
  })
  return hash.digest('hex')
}
