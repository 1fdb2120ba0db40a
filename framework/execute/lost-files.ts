import type { AddFile } from '../delta/actions.ts'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'

/** Of these data files of a table, those that are gone or cut: path -> what is wrong with it. */
export async function lostFiles(
  lake: Storage,
  key: string,
  files: readonly AddFile[],
): Promise<ReadonlyMap<string, string>> {
  if (files.length === 0) return new Map()
  const sizes = new Map((await lake.list(key)).map(({ path, size }) => [path, size]))
  return new Map(
    files.flatMap(({ path, size }) => {
      const actual = sizes.get(`${key}/${path}`)
      if (actual === size) return []
      return [[path, actual === undefined ? 'is missing' : `has ${actual} bytes and not ${size}`] as const]
    }),
  )
}

/**
 * Why an engine failed that read these tables, where that is a lost file: of it an engine can only say that it could not read it.
 * `corrupt-table`, with what to do; undefined where no file is lost.
 */
export async function lostFilesError(
  lake: Storage,
  tables: ReadonlyMap<string, readonly AddFile[]>,
  cause: unknown,
): Promise<LakeError | undefined> {
  for (const [key, files] of tables) {
    const [first] = await lostFiles(lake, key, files)
    if (!first) continue
    const [path, problem] = first
    return new LakeError(
      'corrupt-table',
      `the table ${key} has lost rows: ${lake.locate(`${key}/${path}`)} ${problem}. ` +
        `Restore the file from a backup, or run lake materialize ${key} --full to write it anew.`,
      { asset: key, cause },
    )
  }
  return undefined
}
