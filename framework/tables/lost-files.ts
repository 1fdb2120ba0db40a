/** Finds the lost or damaged data file that made an engine fail. */
import type { AddFile } from '../delta/actions.ts'
import { vectorFileOf } from '../delta/vectors/deletion-vector.ts'
import type { Engine, UnreadableFile } from '../engine/engine.ts'
import { LakeError } from '../errors.ts'
import type { Storage } from '../storage/storage.ts'
import { DamagedContent } from '../storage/storage-error.ts'
import { printableLine } from '../text/printable.ts'
import { locateFiles } from './data-files.ts'

/**
 * The data files of a table that are missing or have another size, and its missing files of
 * deletion vectors: path -> description of the problem.
 */
export async function lostFiles(
  lake: Storage,
  key: string,
  files: readonly AddFile[],
): Promise<ReadonlyMap<string, string>> {
  if (files.length === 0) return new Map()
  const sizes = new Map((await lake.list(key)).map(({ path, size }) => [path, size]))
  const vectors = files.flatMap((file) => vectorFileOf(file) ?? [])
  const missing = vectors.filter((path) => !sizes.has(`${key}/${path}`))
  return new Map([
    ...missing.map((path) => [path, 'is missing'] as const),
    ...files.flatMap(({ path, size }) => {
      const actual = sizes.get(`${key}/${path}`)
      if (actual === size) return []
      return [[path, actual === undefined ? 'is missing' : `has ${actual} bytes and not ${size}`] as const]
    }),
  ])
}

/** The data files of a table that an engine read, and their version. */
export interface ReadFiles {
  readonly version: number
  readonly files: readonly AddFile[]
}

interface EngineFailure {
  readonly error: unknown
  /** The engine that failed. */
  readonly engine?: Pick<Engine, 'unreadableFile'>
}

/**
 * Makes a `corrupt-table` error if the engine that read these tables failed because of a lost or
 * damaged file. Returns undefined if it failed for another reason.
 */
export async function lostFilesError(
  lake: Storage,
  tables: ReadonlyMap<string, ReadFiles>,
  { error, engine }: EngineFailure,
): Promise<LakeError | undefined> {
  for (const [key, { version, files }] of tables) {
    const [first] = await lostFiles(lake, key, files)
    if (!first) continue
    const [path, problem] = first
    const file = lake.locate(`${key}/${path}`)
    return lostRows({ key, version }, `${file} ${problem}`, error)
  }
  if (error instanceof DamagedContent) {
    const { location: file } = error
    const [owner] = [...tables].filter(([key, { files }]) => locateFiles(lake, key, files).includes(file))
    if (owner) return damagedError({ key: owner[0], version: owner[1].version }, { file, reason: NOT_AS_STORED }, error)
  }
  for (const [key, { version, files }] of tables) {
    const damaged = await engine?.unreadableFile?.(locateFiles(lake, key, files), error)
    if (damaged) return damagedError({ key, version }, damaged, error)
  }
  return undefined
}

const NOT_AS_STORED = 'its content does not match its checksum in S3'

interface TableVersion {
  readonly key: string
  readonly version: number
}

export const damagedError = (table: TableVersion, { file, reason }: UnreadableFile, cause: unknown): LakeError =>
  lostRows(table, `${file} is damaged (${reason.trim()})`, cause)

function lostRows({ key, version }: TableVersion, problem: string, cause: unknown): LakeError {
  return new LakeError('corrupt-table', {
    problem: `the table ${key} has lost rows of its version ${version}: ${printableLine(problem)}`,
    remedy: `Restore the file from a backup, or run \`lake materialize ${key} --full\` to write it again.`,
    asset: key,
    cause,
  })
}
