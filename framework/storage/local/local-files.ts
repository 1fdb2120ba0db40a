/** Reads the files under a local directory. */
import { join, resolve } from 'node:path'
import { innerPath } from '../inner-path.ts'
import type { Storage } from '../storage.ts'
import { type Allocate, chunksOf, describeOpenFile, fileStats, readContent } from './local-read.ts'

/** What is needed to read files whose paths are known. */
export type ReadableFiles = Pick<Storage, 'uri' | 'localRoot' | 'read' | 'stream'>

/**
 * The files under `root`. Refuses a path that could lead out. `allocate` returns the memory for
 * each content or chunk.
 */
export function localFiles(root: string, allocate?: Allocate): ReadableFiles & Pick<Storage, 'locate'> {
  const uri = resolve(root)
  const locate = (path: string): string => join(uri, innerPath(uri, path))
  return {
    uri,
    localRoot: uri,
    locate,
    read: async (path, mostBytes) => readContent({ path, local: locate(path) }, mostBytes, allocate),
    stream: async (path) => {
      const local = locate(path)
      const stats = fileStats(local)
      return stats && { ...describeOpenFile({ path, local }, stats), chunks: chunksOf(local, stats, allocate) }
    },
  }
}
