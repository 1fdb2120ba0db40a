/**
 * Writes local files atomically and durably. Only what waits for the disk is asynchronous: handing
 * a call to another thread takes longer than opening, linking or renaming a file.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, fsync, linkSync, openSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import PQueue from 'p-queue'
import { LakeError } from '../../errors.ts'
import { printableLine } from '../../text/printable.ts'
import type { Durability } from '../storage.ts'
import { errno, isAbsent, storageError } from '../storage-error.ts'
import { makeDirectory } from './make-directory.ts'

/**
 * The beginning of a temporary file's name. Its writer is still working or was killed. Listings
 * leave it out.
 */
export const TEMPORARY = '.tmp-'

/**
 * Runs `publish` with the path of a temporary file beside `local`. Makes the directory if it is
 * missing, and always removes the temporary file.
 */
export async function throughTemporary<Result>(
  local: string,
  publish: (temporary: string) => Promise<Result>,
): Promise<Result> {
  const directory = dirname(local)
  const temporary = join(directory, `${TEMPORARY}${randomUUID()}`)
  const write = async () => {
    try {
      return await withDirectory(directory, () => publish(temporary))
    } catch (error) {
      throw error instanceof LakeError ? error : storageError('write', local, error)
    } finally {
      removeIfPresent(temporary)
    }
  }
  return (await writes.add(write)) as Result
}

/**
 * Maximum number of files that this process writes at the same time: a table can have more
 * partitions than a process can open files.
 */
const MAX_WRITES = 16
const writes = new PQueue({ concurrency: MAX_WRITES })

/** Makes the directory only after `write` has failed without it, because it usually exists. */
async function withDirectory<Result>(directory: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error
    makeDirectory(directory)
    return write()
  }
}

export function replaceFile(
  local: string,
  body: Uint8Array | string,
  durability: Durability = 'machine',
): Promise<void> {
  return throughTemporary(local, async (temporary) => {
    await writeFully(temporary, body, durability)
    renameSync(temporary, local)
    if (durability === 'machine') await syncDirectory(local)
  })
}

export function createFile(
  local: string,
  body: Uint8Array | string,
  durability: Durability = 'machine',
): Promise<'created' | 'exists'> {
  return throughTemporary(local, async (temporary) => {
    await writeFully(temporary, body, durability)
    if (!linkIfAbsent(temporary, local)) return 'exists'
    if (durability === 'machine') await syncDirectory(local)
    return 'created'
  })
}

/** A link, unlike a rename, never replaces an existing file. */
function linkIfAbsent(temporary: string, local: string): boolean {
  try {
    linkSync(temporary, local)
    return true
  } catch (error) {
    if (errno(error) === 'EEXIST') return false
    throw isLinkRefused(error) ? hasNoLinks(local, error) : error
  }
}

// The temporary file was written in the same directory, so the cause is not a missing permission.
function isLinkRefused(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errno(error) ?? '')
}

function hasNoLinks(local: string, cause: unknown): LakeError {
  return new LakeError('storage', {
    problem: `Cannot write ${printableLine(local)}: its file system has no hard links, without which two runs could overwrite each other`,
    remedy: 'Keep the lake on another file system.',
    cause,
  })
}

/** Moves `source` by renaming it, or by copying it from another file system. */
export function takeFile(source: string, local: string): Promise<void> {
  let synced: Promise<void> | undefined
  return throughTemporary(local, async (temporary) => {
    // This is called again if the directory was missing.
    synced ??= sync(source)
    await synced
    try {
      renameSync(source, local)
    } catch (error) {
      if (errno(error) !== 'EXDEV') throw error
      await takeCopy(source, temporary, local)
    }
    await syncDirectory(local)
  })
}

async function takeCopy(source: string, temporary: string, local: string): Promise<void> {
  await copyFile(source, temporary)
  await sync(temporary)
  renameSync(temporary, local)
  rmSync(source, { force: true })
}

/**
 * Gives a second name to a file that never changes, or copies the file if the file system has no
 * links. Keeps an existing file.
 */
export function linkFile(source: string, local: string): Promise<void> {
  return throughTemporary(local, async (temporary) => {
    try {
      linkSync(source, local)
    } catch (error) {
      if (errno(error) === 'EEXIST') return
      if (!isLinkRefused(error) && errno(error) !== 'EXDEV') throw error
      await copyFile(source, temporary)
      await sync(temporary)
      renameSync(temporary, local)
    }
    await syncDirectory(local)
  })
}

async function writeFully(local: string, body: Uint8Array | string, durability: Durability): Promise<void> {
  const file = openSync(local, 'w')
  try {
    writeFileSync(file, body)
    if (durability === 'machine') await syncFile(file)
  } finally {
    closeSync(file)
  }
}

const syncFile = promisify(fsync)

async function sync(local: string): Promise<void> {
  const file = openSync(local, 'r')
  try {
    await syncFile(file)
  } finally {
    closeSync(file)
  }
}

/**
 * Writes a new name to the disk too. Some file systems cannot sync a directory; the file itself is
 * safe in any case.
 */
async function syncDirectory(local: string): Promise<void> {
  await sync(dirname(local)).catch(() => {})
}

function removeIfPresent(local: string): void {
  try {
    unlinkSync(local)
  } catch {
    // The file was renamed, or never written. If it exists and cannot be removed, a vacuum removes
    // it.
  }
}

export async function deleteFile(local: string): Promise<void> {
  try {
    unlinkSync(local)
  } catch (error) {
    if (!isAbsent(error)) throw storageError('delete', local, error)
  }
}
