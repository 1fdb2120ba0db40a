/** Removes the local copies that were unused for longest, so that they stay below a size. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { TEMPORARY } from '../local/local-write.ts'
import { CopySums, SUMS } from './copy-sums.ts'

export const HOUR_MS = 60 * 60_000
const MAX_BYTES = 20e9

/**
 * The copies that the storages of this process use, and the directories that it has trimmed.
 */
const wanted = new Set<string>()
const trimmed = new Set<string>()

/** Keeps the copy from being trimmed while this process runs. */
export function keepCopy(local: string): void {
  wanted.add(local)
}

/** Trims a directory when this process uses it for the first time. */
export async function trimOnce(directory: string): Promise<void> {
  if (trimmed.has(directory)) return
  trimmed.add(directory)
  await trimCopies(directory, MAX_BYTES)
}

interface Copy {
  readonly local: string
  readonly bytes: number
  /** Milliseconds since the epoch. */
  readonly usedAt: number
}

/**
 * Removes the copies that were unused for longest until the rest takes at most `limit` bytes, and
 * the temporary files of killed processes. Keeps the copies that this process uses, and those that
 * any process used within the last hour. Ignores failures.
 */
export async function trimCopies(directory: string, limit: number): Promise<void> {
  const copies = await listCopies(directory)
  const sums = new CopySums(directory)
  const idle = copies.filter(({ local, usedAt }) => !wanted.has(local) && usedAt < Date.now() - HOUR_MS)
  const isTemporary = ({ local }: Copy) => local.includes(`/${TEMPORARY}`)
  let bytes = copies.reduce((sum, copy) => sum + copy.bytes, 0)
  for (const copy of idle.sort((a, b) => Number(isTemporary(b)) - Number(isTemporary(a)) || a.usedAt - b.usedAt)) {
    if (bytes <= limit && !isTemporary(copy)) return
    await rm(copy.local, { force: true }).catch(() => {})
    await sums.remove(copy.local).catch(() => {})
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
