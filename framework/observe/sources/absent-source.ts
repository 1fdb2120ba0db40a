/** Makes the errors for a source without files, so that a missing volume never empties a table. */
import type { Source } from '../../declare/definition.ts'
import type { OutsideTable } from '../../delta/outside/outside-table.ts'
import { LakeError } from '../../errors.ts'
import { isLocal } from '../../storage/is-local.ts'
import type { PackedFiles } from '../../storage/packed-files.ts'
import type { Storage } from '../../storage/storage.ts'
import type { TableRead } from '../provenance.ts'
import type { SourceFiles } from './source-files.ts'
import { ignoredWarning } from './source-warnings.ts'

/** A source and its storage. */
interface SourceLocation {
  readonly source: Source
  readonly storage: Storage
  /** Number of files that its rows came from; undefined if it was never read. */
  readonly before: number | undefined
}

export function missingSource(storage: Storage, { key }: Source): LakeError {
  return new LakeError('source-missing', {
    problem: `lake looks for the files of ${key} in ${storage.uri}, which is not a directory`,
    remedy: nameLocation(key),
    asset: key,
  })
}

/**
 * The problem of a source without files. Undefined if the source has files, if it had none before,
 * or if its declaration allows none. The code is `source-missing` if no object exists below the
 * prefix of an object store, which has no empty directories. It is `source-empty` if the last run
 * read files.
 */
export function emptyProblem(
  { source, storage, before }: SourceLocation,
  listed: PackedFiles,
  found: SourceFiles,
): LakeError | undefined {
  const { key, allowEmpty } = source
  if (found.files.count > 0 || allowEmpty || before === 0) return undefined
  const had = before === undefined ? '' : `. It was read from ${before} ${before === 1 ? 'file' : 'files'} last`
  if (listed.count === 0 && !isLocal(storage)) {
    return new LakeError('source-missing', {
      problem: `lake looks for the files of ${key} below ${storage.uri}/, which has no object${had}`,
      remedy: `${nameLocation(key)} ${allowNoFiles(source)}`,
      asset: key,
    })
  }
  if (before === undefined) return undefined
  const [ignored] = ignoredWarning(source.pattern, found)
  return new LakeError('source-empty', {
    problem: `${key} has no file left in ${storage.uri}${ignored === undefined ? '' : `: ${ignored}`}${had}`,
    remedy: `Put the files back (is a volume not mounted?), or configure where they are. ${allowNoFiles(source)}`,
    asset: key,
  })
}

/**
 * The problem of a Delta table without files, if another table was read last: a program that
 * replaces its table may not have written the rows yet. Undefined if the same table was read
 * before, because its log says that the rows were removed.
 */
export function emptiedTable(
  { source: { key, allowEmpty, file }, storage, before }: SourceLocation,
  { id, version, files }: Pick<OutsideTable, 'id' | 'version' | 'files'>,
  read: TableRead | undefined,
): LakeError | undefined {
  if (files.size > 0 || allowEmpty || !before || read?.id === id) return undefined
  return new LakeError('source-empty', {
    problem: `${key} has no row left: another Delta table is in ${storage.uri}, and its version ${version} has no file`,
    remedy: `If ${key} is meant to have no rows, use --allow-empty, or allowEmpty: true in ${file ?? 'its declaration'}.`,
    asset: key,
  })
}

const nameLocation = (key: string): string =>
  `Name their location with --input (the directory that holds ${key}/) or --source ${key}=URI.`

const allowNoFiles = ({ key, file }: Source): string =>
  `If ${key} is meant to have no files, use --allow-empty, or allowEmpty: true in ${file ?? 'its declaration'}.`
