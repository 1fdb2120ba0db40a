import { randomUUID } from 'node:crypto'
import { copyFile, link, open, rename, rm, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import PQueue from 'p-queue'
import { LakeError } from '../../errors.ts'
import { printableLine } from '../../text/printable.ts'
import { errno, isAbsent, storageError } from '../storage-error.ts'
import { makeDirectory } from './make-directory.ts'

/** A file whose name begins like this is being written, or was left by a process that was killed: it is nobody's to see. */
export const TEMPORARY = '.tmp-'

/** Runs `publish` with a name, beside `local`, to write to first. Makes the directory where there is none; leaves no temporary behind. */
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
      await rm(temporary, { force: true }).catch(() => {})
    }
  }
  return (await writes.add(write)) as Result
}

/** Of all files of this process: a table may have more partitions than a process may have files open. */
const WRITES_AT_ONCE = 16
const writes = new PQueue({ concurrency: WRITES_AT_ONCE })

/** Makes the directory only where `write` needed it: mostly it is there. */
async function withDirectory<Result>(directory: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write()
  } catch (error) {
    if (errno(error) !== 'ENOENT') throw error
    makeDirectory(directory)
    return write()
  }
}

export function replaceFile(local: string, body: Uint8Array | string): Promise<void> {
  return throughTemporary(local, async (temporary) => {
    await writeDurably(temporary, body)
    await rename(temporary, local)
    await syncDirectory(local)
  })
}

export function createFile(local: string, body: Uint8Array | string): Promise<'created' | 'exists'> {
  return throughTemporary(local, async (temporary) => {
    await writeDurably(temporary, body)
    if (!(await linkIfAbsent(temporary, local))) return 'exists'
    await syncDirectory(local)
    return 'created'
  })
}

/** A link, unlike a rename, never replaces what is there. */
async function linkIfAbsent(temporary: string, local: string): Promise<boolean> {
  try {
    await link(temporary, local)
    return true
  } catch (error) {
    if (errno(error) === 'EEXIST') return false
    throw isLinkless(error) ? linkless(local, error) : error
  }
}

// The temporary was written in the same directory, so a refused link is not a matter of permissions.
function isLinkless(error: unknown): boolean {
  return ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errno(error) ?? '')
}

function linkless(local: string, cause: unknown): LakeError {
  const message = `Cannot write ${printableLine(local)}: its file system has no hard links, without which two runs could overwrite each other.`
  return new LakeError('storage', `${message} Keep the lake on another file system.`, { cause })
}

/** Moves `source`, which stays the same file, or copies it from another file system. */
export function takeFile(source: string, local: string): Promise<void> {
  return throughTemporary(local, async (temporary) => {
    await sync(source)
    await rename(source, local).catch((error) => {
      if (errno(error) !== 'EXDEV') throw error
      return takeCopy(source, temporary, local)
    })
    await syncDirectory(local)
  })
}

async function takeCopy(source: string, temporary: string, local: string): Promise<void> {
  await copyFile(source, temporary)
  await sync(temporary)
  await rename(temporary, local)
  await rm(source, { force: true })
}

/** Gives a file, which nobody changes, a second name; or copies it where there are no links. What is there stays. */
export function linkFile(source: string, local: string): Promise<void> {
  return throughTemporary(local, async (temporary) => {
    await link(source, local).catch(async (error) => {
      if (errno(error) === 'EEXIST') return
      if (!isLinkless(error) && errno(error) !== 'EXDEV') throw error
      await copyFile(source, temporary)
      await sync(temporary)
      await rename(temporary, local)
    })
    await syncDirectory(local)
  })
}

async function writeDurably(local: string, body: Uint8Array | string): Promise<void> {
  const file = await open(local, 'w')
  try {
    await file.writeFile(body)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function sync(local: string): Promise<void> {
  const file = await open(local, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Puts a new name on the disk too. Some file systems cannot; the file itself is safe there all the same. */
async function syncDirectory(local: string): Promise<void> {
  await sync(dirname(local)).catch(() => {})
}

export async function deleteFile(local: string): Promise<void> {
  try {
    await unlink(local)
  } catch (error) {
    if (!isAbsent(error)) throw storageError('delete', local, error)
  }
}
