/** Implements the storage port on a local directory. */
import { dirname } from 'node:path'
import { LakeError } from '../../errors.ts'
import { printableLine } from '../../text/printable.ts'
import { noCopies } from '../copies/local-copies.ts'
import { innerPath, isBehindLink } from '../inner-path.ts'
import type { Storage } from '../storage.ts'
import { localFiles } from './local-files.ts'
import { directoryNames, fileNames, fileStats, type Links, listFiles, listItems } from './local-read.ts'
import { createFile, deleteFile, linkFile, replaceFile, takeFile } from './local-write.ts'

/**
 * Files under a local directory. An etag is the modification time in milliseconds. All methods but
 * `delete` and `inventory` follow links. With `links` `inside`, a listing throws for a link that
 * leads out of the directory. A path that could lead out is always refused.
 *
 * Listing and reading use synchronous calls: with thousands of small files, they take a fraction of
 * the time of asynchronous ones. Writes are on the disk, not only in the file system's cache,
 * before the call returns, unless the caller asks for less.
 */
export function localStorage(root: string, links?: Links): Storage {
  const files = localFiles(root)
  const { uri, locate } = files
  return {
    ...files,
    copies: noCopies,
    exists: async () => fileStats(uri)?.isDirectory() ?? false,
    list: async (prefix) => listFiles(uri, innerPath(uri, prefix), links).list(),
    listPacked: async (prefix) => listFiles(uri, innerPath(uri, prefix), links),
    inventory: async (prefix) => listItems(uri, innerPath(uri, prefix)),
    names: async (directory, after = '', beginning = '') => fileNames(locate(directory), after, beginning),
    directories: async () => directoryNames(uri),
    put: (path, body, durability) => replaceFile(locate(path), body, durability),
    putIfAbsent: (path, body, durability) => createFile(locate(path), body, durability),
    putLocalFile: (localPath, path) => takeFile(localPath, locate(path)),
    move: (from, to) => takeFile(locate(from), locate(to)),
    copy: (from, to) => linkFile(locate(from), locate(to)),
    delete: async (path) => {
      const local = locate(path)
      if (isBehindLink(uri, dirname(path))) throw behindLink(local)
      await deleteFile(local)
    },
  }
}

function behindLink(local: string): LakeError {
  return new LakeError('storage', {
    problem: `Cannot delete ${printableLine(local)}: a directory on the way to it is a link, and lake deletes nothing behind links`,
    remedy: 'Replace the link by the directory itself.',
  })
}
