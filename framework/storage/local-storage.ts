import { join, resolve } from 'node:path'
import { noCopies } from './local-copies.ts'
import {
  chunksOf,
  describeOpenFile,
  directoryNames,
  fileNames,
  fileStats,
  listFiles,
  listItems,
  readWhole,
} from './local-read.ts'
import { createFile, deleteFile, replaceFile, takeFile } from './local-write.ts'
import type { Storage } from './storage.ts'

/**
 * Files under a local directory. The etag is the modification time in milliseconds. Links to files and directories are followed.
 *
 * Listing and reading use synchronous calls: on thousands of small files they take a fraction of the time of asynchronous ones. What is
 * written is on the disk, not only in its cache, before the call returns.
 */
export function localStorage(root: string): Storage {
  const uri = resolve(root)
  const locate = (path: string): string => join(uri, path)
  return {
    uri,
    copies: noCopies,
    locate,
    exists: async () => fileStats(uri)?.isDirectory() ?? false,
    list: async (prefix) => listFiles(uri, prefix),
    inventory: async (prefix) => listItems(uri, prefix),
    names: async (directory, after = '') => fileNames(locate(directory), after),
    directories: async () => directoryNames(uri),
    read: async (path) => readWhole(locate(path), path),
    stream: async (path) => {
      const local = locate(path)
      const stats = fileStats(local)
      return stats && { ...describeOpenFile(path, stats), chunks: chunksOf(local, stats) }
    },
    put: (path, body) => replaceFile(locate(path), body),
    putIfAbsent: (path, body) => createFile(locate(path), body),
    putLocalFile: (localPath, path) => takeFile(localPath, locate(path)),
    move: (from, to) => takeFile(locate(from), locate(to)),
    delete: (path) => deleteFile(locate(path)),
  }
}
