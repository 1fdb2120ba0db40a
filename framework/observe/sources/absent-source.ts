/** What is said of a source whose files are not there: absent is not empty, so neither ever empties a table by itself. */
import type { Source } from '../../declare/definition.ts'
import { LakeError } from '../../errors.ts'
import { isLocal } from '../../storage/is-local.ts'
import type { Storage, StoredFile } from '../../storage/storage.ts'
import type { SourceFiles } from './source-files.ts'
import { ignoredWarning } from './source-warnings.ts'

/** A source as it is looked for. */
export interface SoughtSource {
  readonly source: Source
  readonly storage: Storage
  /** How many files its rows came from; undefined where it was never read. */
  readonly before: number | undefined
}

export function missingSource(storage: Storage, { key }: Source): LakeError {
  const remedy = sayWhere(key)
  return new LakeError(
    'source-missing',
    `the files of ${key} are looked for in ${storage.uri}, which is not a directory. ${remedy}`,
    { asset: key, remedy },
  )
}

/**
 * The problem of a source that has no file to read; undefined where it has one, or where it is known, or declared, to have none.
 * `source-missing` where nothing at all is below the prefix of an object store, which has no directories that could be empty; `source-empty`
 * where it had files when it was read last.
 */
export function emptyProblem(
  { source, storage, before }: SoughtSource,
  listed: readonly StoredFile[],
  found: SourceFiles,
): LakeError | undefined {
  const { key, allowEmpty } = source
  if (found.files.length > 0 || allowEmpty || before === 0) return undefined
  const had = before === undefined ? '' : ` It was read from ${before} ${before === 1 ? 'file' : 'files'} last.`
  if (listed.length === 0 && !isLocal(storage)) {
    const remedy = `${sayWhere(key)} ${ifMeant(source)}`
    return new LakeError(
      'source-missing',
      `the files of ${key} are looked for below ${storage.uri}/, where there is no object.${had} ${remedy}`,
      { asset: key, remedy },
    )
  }
  if (before === undefined) return undefined
  const [ignored] = ignoredWarning(source.pattern, found)
  const remedy = `Put the files back (is a volume not mounted?), or say where they are. ${ifMeant(source)}`
  return new LakeError(
    'source-empty',
    `${key} has no file left in ${storage.uri}${ignored === undefined ? '' : `: ${ignored}`}.${had} ${remedy}`,
    { asset: key, remedy },
  )
}

const sayWhere = (key: string): string =>
  `Say where they are with --input (the directory that holds ${key}/) or --source ${key}=URI.`

const ifMeant = ({ key, file }: Source): string =>
  `If ${key} is meant to have no files, use --allow-empty, or allowEmpty: true in ${file ?? 'its declaration'}.`
