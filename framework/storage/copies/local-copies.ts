import { createHash } from 'node:crypto'
import { readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { LakeError } from '../../errors.ts'
import { printableLine } from '../../text/printable.ts'
import { TEMPORARY, takeFile, throughTemporary } from '../local/local-write.ts'
import { makePrivate } from '../local/private-directory.ts'
import { persist } from '../s3/s3-retry.ts'
import type { LocalCopies, StoredStream } from '../storage.ts'
import { CopySums, hashed, SUMS, sha256Of } from './copy-sums.ts'

const DOWNLOADS_AT_ONCE = 8
const LIMIT_BYTES = 20e9
const HOUR_MS = 60 * 60_000

/** What is copied. */
export interface CopyOrigin {
  /** What every location begins with, as in `s3://bucket/prefix`. */
  readonly root: string
  /** Undefined where there is no such file below the root. */
  open(path: string): Promise<StoredStream | undefined>
  /** Whether what failed may go well when it is tried again, after so many attempts. */
  passes(error: unknown, attempts: number): boolean
}

export interface KeptCopies extends LocalCopies {
  /** Moves a local file with the content of `location` to where its copy is looked for. Where that fails, there is no copy. */
  keep(localPath: string, location: string): Promise<void>
  /** There is no copy of what is no more. */
  forget(location: string): Promise<void>
}

/** The files are where they are. */
export const noCopies: LocalCopies = {
  pathOf: (location) => location,
  locationOf: (localPath) => localPath,
  fetch: async () => {},
}

/** The copies that this process has asked for, by whatever storage, and the caches that it has looked through. */
const asked = new Set<string>()
const trimmed = new Set<string>()

/**
 * Copies of `scheme://bucket/path` under `directory/bucket/path`. A copy is whole or not there, and what many processes fetch at the same
 * time is the same. One that was damaged since it came is thrown away and fetched once more. The directory may be removed at any time when no
 * lake is at work.
 */
export function cachedCopies(directory: string, { root, open, passes }: CopyOrigin): KeptCopies {
  const scheme = `${root.split('://', 1)[0]}://`
  const downloads = new Map<string, Promise<void>>()
  const sums = new CopySums(directory)

  const pathOf = (location: string): string => {
    if (!location.startsWith(scheme)) return location
    const segments = location.slice(scheme.length).split('/')
    if (segments.some((segment) => ['', '.', '..'].includes(segment))) throw unkeepable(location)
    return join(directory, ...segments)
  }

  /** What lies in a directory of others may be anything: a copy is trusted for where it lies. */
  let isPrivate = false
  const ensurePrivate = () => {
    if (!isPrivate) makePrivate(directory)
    isPrivate = true
  }

  const bring = async (location: string): Promise<void> => {
    ensurePrivate()
    const local = pathOf(location)
    asked.add(local)
    if ((await sums.isSound(local)) && (await markUsed(local, sums))) return
    const running = downloads.get(local) ?? download(location, local).finally(() => downloads.delete(local))
    downloads.set(local, running)
    await running
  }

  const download = async (location: string, local: string): Promise<void> => {
    let attempts = 0
    const sha256 = await persist(
      async () => {
        attempts++
        const content = await open(location.slice(root.length + 1))
        return content && writeWhole(local, content)
      },
      (error) => passes(error, attempts),
    )
    if (sha256 !== undefined) await sums.note(local, sha256)
    // What is there is not what came, and what it is a copy of is gone.
    else await rm(local, { force: true })
    await trimOnce(directory)
  }

  return {
    pathOf,
    locationOf: (localPath) => {
      const path = relative(directory, localPath)
      return path.startsWith('..') || isAbsolute(path) ? localPath : `${scheme}${path}`
    },
    fetch: async (locations) => {
      const wanted = each([...new Set(locations)].filter((location) => location.startsWith(`${root}/`)))
      // They share one generator, which ends for all of them when one of them fails. What is under way is waited for.
      const downloading = Array.from({ length: DOWNLOADS_AT_ONCE }, async () => {
        for (const location of wanted) await bring(location)
      })
      const failed = (await Promise.allSettled(downloading)).find(({ status }) => status === 'rejected')
      if (failed?.status === 'rejected') throw failed.reason
    },
    keep: async (localPath, location) => {
      try {
        ensurePrivate()
        const local = pathOf(location)
        asked.add(local)
        await takeFile(localPath, local)
        const sha256 = await sha256Of(local)
        if (sha256 !== undefined) await sums.note(local, sha256)
        await trimOnce(directory)
      } catch {
        // It is fetched when it is needed.
      }
    },
    forget: async (location) => {
      try {
        await rm(pathOf(location), { force: true })
        await sums.forget(pathOf(location))
      } catch {
        // It takes some room until it is the one that was not used for longest.
      }
    },
  }
}

function* each<Item>(items: readonly Item[]): Generator<Item> {
  yield* items
}

function unkeepable(location: string): LakeError {
  return new LakeError(
    'storage',
    `Cannot read ${printableLine(location)} from a local copy: a part of its name is empty, . or .., which no local file can be called. Rename it.`,
  )
}

/** So that it is among the last to be removed. False where another process has removed it meanwhile: it is fetched anew then. */
async function markUsed(local: string, sums: CopySums): Promise<boolean> {
  const stats = await stat(local).catch(() => undefined)
  const now = new Date()
  if (!stats || now.getTime() - stats.mtimeMs <= HOUR_MS) return stats !== undefined
  const marked = await utimes(local, now, now).then(
    () => true,
    () => false,
  )
  // Its time of change is another now: so that its content is not read for that the next time.
  return marked && sums.isSound(local)
}

/** Gives the checksum of what was written. */
async function writeWhole(local: string, content: StoredStream): Promise<string> {
  const hash = createHash('sha256')
  await throughTemporary(local, async (temporary) => {
    await writeFile(temporary, hashed(content.chunks, hash), { flush: true })
    const { size } = await stat(temporary)
    if (size !== content.size) throw new Error(`${size} of ${content.size} bytes came`)
    await rename(temporary, local)
  })
  return hash.digest('hex')
}

async function trimOnce(directory: string): Promise<void> {
  if (trimmed.has(directory)) return
  trimmed.add(directory)
  await trimCopies(directory, LIMIT_BYTES)
}

interface Copy {
  readonly local: string
  readonly bytes: number
  readonly usedAt: number
}

/**
 * Removes the copies that were not used for the longest time until the others take no more than `limit` bytes, and what killed processes
 * have left. What this process has asked for stays, and what any process has used in the last hour. Failing at it is not worth failing for.
 */
export async function trimCopies(directory: string, limit: number): Promise<void> {
  const copies = await listCopies(directory)
  const sums = new CopySums(directory)
  const idle = copies.filter(({ local, usedAt }) => !asked.has(local) && usedAt < Date.now() - HOUR_MS)
  const isLeft = ({ local }: Copy) => local.includes(`/${TEMPORARY}`)
  let bytes = copies.reduce((sum, copy) => sum + copy.bytes, 0)
  for (const copy of idle.sort((a, b) => Number(isLeft(b)) - Number(isLeft(a)) || a.usedAt - b.usedAt)) {
    if (bytes <= limit && !isLeft(copy)) return
    await rm(copy.local, { force: true }).catch(() => {})
    await sums.forget(copy.local).catch(() => {})
    bytes -= copy.bytes
  }
}

async function listCopies(directory: string): Promise<readonly Copy[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  const copies: Copy[] = []
  for (const entry of entries) {
    const local = join(entry.parentPath, entry.name)
    if (!entry.isFile() || local.startsWith(join(directory, SUMS, '/'))) continue
    const stats = await stat(local).catch(() => undefined)
    if (stats) copies.push({ local, bytes: stats.size, usedAt: stats.mtimeMs })
  }
  return copies
}
