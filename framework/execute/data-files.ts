import type { AddFile } from '../delta/actions.ts'
import type { Storage } from '../storage/storage.ts'

/** What an engine opens to read these data files of a table, in their order. */
export function locateFiles(lake: Storage, key: string, files: Iterable<Pick<AddFile, 'path'>>): readonly string[] {
  return Array.from(files, ({ path }) => lake.locate(`${key}/${path}`))
}
